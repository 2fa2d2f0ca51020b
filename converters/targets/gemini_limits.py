"""What Vertex AI takes for supervised tuning of Gemini 2.5, as its pages said on a day: numbers move, so they are data.

docs.cloud.google.com/vertex-ai/generative-ai: models/gemini-supervised-tuning has examples, bytes and tokens, models/
tune_gemini/image_tune pictures. Older models took less: 32 000 tokens for Gemini 1.5 Pro.
"""

READ_ON = "2026-11-23"
TOKENS = 131_072
"""Of one example, question and answer together; what is longer is cut."""
PICTURES = 30
"""Of one example; examples with more are dropped."""
PICTURE_BYTES = 20_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
"""What every tuned model sees; newer ones take HEIC and HEIF too (multimodal/send-multimodal-prompts)."""
FILE_BYTES = 1_000_000_000
EXAMPLES = 300_000
"""Of a training file with pictures."""
VALIDATION_EXAMPLES = 5_000
