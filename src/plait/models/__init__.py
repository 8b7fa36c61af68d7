"""Versioned models in the lake."""
