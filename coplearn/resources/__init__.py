"""The resource hub: what people contribute, appraised by two named appraisers; and experts whom a panel votes on."""
