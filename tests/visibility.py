"""How the visibility matrix is written down: who gets which status at an address."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """Statuses: for strangers, for strangers of a public library, for members who are not alice, for alice.

    `curator`: for charlie and the administrator, where they may do more than members.
    """

    stranger: int
    public_stranger: int
    member: int
    owner: int
    curator: int = 0

    def for_person(self, person: str, is_public: bool) -> int:
        if person == "stranger":
            return self.public_stranger if is_public else self.stranger
        if self.curator and person in ("charlie", "admin"):
            return self.curator
        return self.owner if person == "alice" else self.member


@dataclass(frozen=True)
class Row:
    """One request. `{pk}` and `{version}` are those of alice's meme; `shows`: alice must find its title there.

    `{saved_pk}` and `{past_pk}` are searches of hers, which are called as her meme is.
    """

    path: str
    answer: Answer
    shows: bool = False
    is_upload: bool = False
    method: str = "get"
    headers: dict[str, str] = field(default_factory=dict)
