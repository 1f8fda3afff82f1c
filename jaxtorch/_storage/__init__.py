"""Storage: one mutable slot holding an immutable value, and views over it. See README.md in this folder."""
