"""Training: loop, losses, data, run folder, and one file a family."""

from vrgen.train.families import families
from vrgen.train.options import Habits, Plan, TrainOptions, settle

__all__ = ["Habits", "Plan", "TrainOptions", "families", "settle"]
