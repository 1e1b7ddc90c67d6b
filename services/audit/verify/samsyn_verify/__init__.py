# ruff: noqa: INP001  a project of its own: the folder around it is no package
"""Checks archives and proofs of a Samsyn audit log. Imports nothing of the service on purpose: it is the other opinion."""
