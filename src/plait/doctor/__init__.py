"""What is installed, what starts, and what each part of a profile answers."""
