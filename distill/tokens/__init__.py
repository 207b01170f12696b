"""Pre-training of the token encoders that classifiers start from: sentence embeddings of chat, distilled."""
