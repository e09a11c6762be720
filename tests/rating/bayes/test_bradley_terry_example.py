"""The American League of 1987, East division: Agresti, Categorical Data Analysis (2nd ed. 2002), table 10.10.

The estimates are those of the baseball example in Turner and Firth, "Bradley-Terry models in R: the BradleyTerry2 package"
(Journal of Statistical Software 48/9, 2012): `abilities`, without home advantage, Baltimore at 0.
"""

from itertools import combinations

import numpy as np
import pytest

from rating.bayes import Answers, Posterior, Prior, fit

TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
WINS = (
    (0, 7, 9, 7, 7, 9, 11),
    (6, 0, 7, 5, 11, 9, 9),
    (4, 6, 0, 7, 7, 8, 12),
    (6, 8, 6, 0, 6, 7, 10),
    (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6),
    (2, 4, 1, 3, 1, 7, 0),
)
ABILITIES = {
    "Milwaukee": 1.5814,
    "Detroit": 1.4364,
    "Toronto": 1.2945,
    "New York": 1.2476,
    "Boston": 1.1077,
    "Cleveland": 0.6839,
}
ERRORS = {
    "Milwaukee": 0.3433,
    "Detroit": 0.3396,
    "Toronto": 0.3367,
    "New York": 0.3359,
    "Boston": 0.3339,
    "Cleveland": 0.3319,
}


def season() -> Posterior:
    """Fitted with a prior so wide that the most likely weights are those of the likelihood alone; Baltimore is 0."""
    team = np.vstack([np.eye(6), np.zeros(6)])
    games = [(a, b) for a, b in combinations(range(7), 2) for _ in range(WINS[a][b] + WINS[b][a])]
    won = [float(game < WINS[a][b]) for a, b in combinations(range(7), 2) for game in range(WINS[a][b] + WINS[b][a])]
    left, right = np.asarray(games).T
    return fit(Answers(6, team[left] - team[right], np.asarray(won)), Prior.around_nothing(6, 1e8))


def test_each_two_teams_met_thirteen_times() -> None:
    wins = np.asarray(WINS)
    assert (wins + wins.T == 13 * (1 - np.eye(7))).all()


@pytest.mark.parametrize("team", ABILITIES)
def test_abilities_and_their_errors_are_the_published_ones(team: str) -> None:
    place = TEAMS.index(team)
    assert season().mean[place] == pytest.approx(ABILITIES[team], abs=5e-4)
    assert np.sqrt(season().covariance[place, place]) == pytest.approx(ERRORS[team], abs=5e-4)


def test_boston_beats_new_york_as_often_as_the_book_says() -> None:
    """exp(1.1077 - 1.2476) / (1 + exp(1.1077 - 1.2476)) = 0.465."""
    difference = np.eye(6)[TEAMS.index("Boston")] - np.eye(6)[TEAMS.index("New York")]
    assert 1 / (1 + np.exp(-difference @ season().mean)) == pytest.approx(0.465, abs=1e-3)
