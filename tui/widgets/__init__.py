"""The two widgets that paint lines: `Lines` a long column of them, `Bars` a few that stand still."""
