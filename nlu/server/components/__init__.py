"""The pipeline's own parts: a character tokenizer and a character tagger for Chinese (see `config.yml`)."""
