"""What the library keeps."""

CONFLICTS = {"loan_one_per_book": "book-already-lent"}
