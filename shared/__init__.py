"""What two houses use. A module enters only when a second house needs it, and is named by its subject."""
