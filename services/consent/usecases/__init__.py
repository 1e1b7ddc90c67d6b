"""One file per verb: this folder's listing is what the consent house can do."""
