"""The people of a cohort: joining, lists from outside, cards, seats and the waiting list, staff, and forgetting a person."""
