"""`python -m samsyn_verify`."""

import sys

from .command import main

sys.exit(main())
