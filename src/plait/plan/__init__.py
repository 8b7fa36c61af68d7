"""Statements → plan: pure; imports no engine library."""
