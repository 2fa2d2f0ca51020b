"""Stands in for torchaudio, of which the shared torch has no wheel: mm_plugin.py imports it; nothing calls it."""
