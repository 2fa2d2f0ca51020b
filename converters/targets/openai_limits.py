"""What OpenAI takes for vision fine-tuning of gpt-4o, as its pages said on a day: numbers move, so they are data.

developers.openai.com/api/docs/guides/vision-fine-tuning has pictures and examples. The tokens of an example, those of
gpt-4o-2024-08-06, stand in Azure's table of models ("training example context length", MicrosoftDocs/azure-ai-docs,
articles/ai-foundry/openai/includes/fine-tune-models.md). Azure takes 64 pictures an example
(learn.microsoft.com/azure/foundry/openai/how-to/fine-tuning-vision).
"""

READ_ON = "2026-11-23"
PICTURES = {"openai": 10, "azure": 64}
"""Of one example."""
PICTURE_BYTES = 10_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
MODES = ("RGB", "RGBA")
EXAMPLES = 50_000
"""Of a file, those with pictures."""
FEWEST = 10
TOKENS = 65_536
"""Of one example; what is longer is cut."""
FILE_BYTES = 512_000_000
"""Of a file that is uploaded (developers.openai.com/api/reference/files)."""
