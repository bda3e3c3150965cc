"""Rules of consultations: words, texts in blocks, and what may be said when."""
