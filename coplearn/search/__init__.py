"""Finding a lesson, a term or help by a word, in every language, without keeping what anybody searched for."""
