"""Personal data: what is kept of whom, why, until when and who sees it; and what follows from that."""
