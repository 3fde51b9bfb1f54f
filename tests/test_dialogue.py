from __future__ import annotations

import pytest

from qa import dialogue
from qa.dialogue import Turn, standalone

RAMOS = [Turn("When was Rafael Ramos killed?", "Dec. 20")]
LYNCH = [Turn("Who leads the Patrolmen's Benevolent Association?", "Patrick Lynch")]
BACKS = [Turn("How many officers turned their backs?", "hundreds of officers")]
MEETING = [Turn("Where did the meeting take place?", "the new Police Academy in Queens")]
BLASIO = [Turn("What did de Blasio say about Lynch?", "he was disrespectful")]
CURIE = [Turn("Where was Marie Curie born?", "Warsaw")]
TREATY = [Turn("Which countries signed the treaty?", "France and Spain")]
RHINE = [Turn("Where does the Rhine rise?", "Switzerland")]
APPLE_CEO = [Turn("Who is the CEO of Apple?", "Tim Cook")]
MAYOR = [Turn("Who is the mayor?", "Bill de Blasio")]
QUOTED = [Turn("What did Patrick Lynch say about the mayor?", "There is blood on the hands")]
APPLE = [Turn("Who founded the company?", "Steve Jobs and Steve Wozniak")]


@pytest.mark.parametrize(
    ("history", "asked", "meant"),
    [
        # pronouns
        (RAMOS, "Where was he buried?", "Where was Rafael Ramos buried?"),
        (RAMOS, "Who killed him?", "Who killed Rafael Ramos?"),
        (RAMOS, "Who was his partner?", "Who was Rafael Ramos’s partner?"),
        (LYNCH, "When was he elected?", "When was Patrick Lynch elected?"),
        (
            LYNCH,
            "What did he say about it?",
            "What did Patrick Lynch say about the Patrolmen's Benevolent Association?",
        ),
        (CURIE, "What did she discover?", "What did Marie Curie discover?"),
        (CURIE, "Who was her husband?", "Who was Marie Curie’s husband?"),
        (CURIE, "Who taught her?", "Who taught Marie Curie?"),
        (CURIE, "What else happened there?", "What else happened in Warsaw?"),
        (MEETING, "How long did it last?", "How long did the meeting last?"),
        (MEETING, "Who was there?", "Who was at the new Police Academy in Queens?"),
        (TREATY, "When did they ratify it?", "When did France and Spain ratify the treaty?"),
        (RHINE, "How long is it?", "How long is the Rhine?"),
        (APPLE, "Where did they meet?", "Where did Steve Jobs and Steve Wozniak meet?"),
        (
            [*LYNCH, Turn("How long did the meeting last?", "two hours")],
            "What did he say?",
            "What did Patrick Lynch say?",
        ),
        (
            [Turn("What is the capital of France?", "Paris")],
            "How many people live there?",
            "How many people live in Paris?",
        ),
        ([Turn("When did the war end?", "1945")], "Who won it?", "Who won the war?"),
        ([Turn("How tall is the Eiffel Tower?", "330 metres")], "Who built it?", "Who built the Eiffel Tower?"),
        ([Turn("What was stolen?", "a painting")], "Who stole it?", "Who stole a painting?"),
        ([Turn("What did the mayor promise?", "lower crime")], "Where did he say so?", "Where did the mayor say so?"),
        (RAMOS, "What happened to his family?", "What happened to Rafael Ramos’s family?"),
        (RAMOS, "How old was he when he died?", "How old was Rafael Ramos when he died?"),
        (RAMOS, "Tell me more about him.", "Tell me more about Rafael Ramos."),
        (APPLE, "Which of them was older?", "Which of Steve Jobs and Steve Wozniak was older?"),
        # a bare name in between may be what is meant
        ([*LYNCH, Turn("When was Google founded?", "1998")], "Who founded it?", "Who founded it?"),
        ([*TREATY, Turn("When did Coldplay form?", "1996")], "Where are they from?", "Where are they from?"),
        ([*MEETING, Turn("When did Ramos visit Cuba?")], "Who was there?", "Who was there?"),
        ([*MEETING, Turn("Why was the mayor late?")], "Who was there?", "Who was at the new Police Academy in Queens?"),
        # bare question words
        (RAMOS, "Why?", "Why was Rafael Ramos killed?"),
        (RAMOS, "Where exactly?", "Where was Rafael Ramos killed?"),
        (RAMOS, "And by whom?", "By whom was Rafael Ramos killed?"),
        (MEETING, "When?", "When did the meeting take place?"),
        (MEETING, "On which day?", "On which day did the meeting take place?"),
        (BACKS, "Why?", "Why was it that hundreds of officers turned their backs?"),
        (BLASIO, "When?", "When did de Blasio say about Lynch?"),
        (
            [Turn("Who invented the telephone?", "Alexander Graham Bell")],
            "What year?",
            "What year was it that Alexander Graham Bell invented the telephone?",
        ),
        ([Turn("Who are the unions angry with?", "the mayor")], "Why?", "Why are the unions angry with the mayor?"),
        ([Turn("Why did Lynch step down?")], "When?", "When did Lynch step down?"),
        ([Turn("Who killed Ramos?")], "When?", "When?"),  # no rule knows the subject
        ([Turn("What caused the riot?")], "Why?", "Why?"),
        (RAMOS, "What time was he shot?", "What time was Rafael Ramos shot?"),
        ([Turn("Who ruled Normandy in 1066?", "William")], "Where is it?", "Where is it?"),
        # what is named alone
        (RAMOS, "And Wenjian Liu?", "When was Wenjian Liu killed?"),
        (RAMOS, "What about Liu?", "When was Liu killed?"),
        (RAMOS, "Liu?", "When was Liu killed?"),
        (BLASIO, "And about Bratton?", "What did de Blasio say about Bratton?"),
        (BLASIO, "And Bratton?", "What did Bratton say about Lynch?"),
        (CURIE, "And Pierre Curie?", "Where was Pierre Curie born?"),
        (MEETING, "And the funeral?", "Where did the funeral take place?"),
        (
            [Turn("How many people lived in Berlin in 1900?", "1.9 million")],
            "And in 1950?",
            "How many people lived in Berlin in 1950?",
        ),
        (
            [Turn("How many people lived in Berlin in 1900?", "1.9 million")],
            "And in Paris?",
            "How many people lived in Paris in 1900?",
        ),
        ([Turn("What is the capital of France?", "Paris")], "And Germany?", "What is the capital of Germany?"),
        ([Turn("Who is the president of France?", "Macron")], "Of Germany?", "Who is the president of Germany?"),
        ([Turn("Who wrote Hamlet?", "William Shakespeare")], "And Macbeth?", "Who wrote Macbeth?"),
        (
            [Turn("Which city hosted the Olympics in 2012?", "London")],
            "And 2016?",
            "Which city hosted the Olympics in 2016?",
        ),
        (APPLE_CEO, "And of Microsoft?", "Who is the CEO of Microsoft?"),
        (APPLE_CEO, "What about Google?", "Who is the CEO of Google?"),
        (APPLE_CEO, "How old is he?", "How old is Tim Cook?"),
        ([Turn("what year was the library built?", "1911")], "and the museum?", "What year was the museum built?"),
        ([Turn("How many stars are in the Milky Way?")], "And galaxies?", "How many galaxies are in the Milky Way?"),
        # yes or no, objects, subjects, what something is
        ([Turn("Is the Pope visiting Cuba?")], "When?", "When is the Pope visiting Cuba?"),
        ([Turn("What did the unions demand?", "an apology")], "Why?", "Why did the unions demand an apology?"),
        ([Turn("Which officers died?", "Ramos and Liu")], "Why?", "Why was it that Ramos and Liu died?"),
        ([Turn("Which men were shot?", "Ramos and Liu")], "When?", "When was it that Ramos and Liu were shot?"),
        ([Turn("What happened in Ferguson?", "riots broke out")], "When?", "When did it happen in Ferguson?"),
        ([Turn("Who was Rosa Parks?", "an activist")], "When was she arrested?", "When was Rosa Parks arrested?"),
        ([Turn("What is rust?", "the product of decay")], "Where does it form?", "Where does rust form?"),
        (QUOTED, "When did he say that?", "When did Patrick Lynch say that?"),
        (MAYOR, "Did Bratton criticise him?", "Did Bratton criticise Bill de Blasio?"),
        # a connective before a whole question
        (RAMOS, "And who killed him?", "Who killed Rafael Ramos?"),
        (LYNCH, "But where does he live?", "Where does Patrick Lynch live?"),
    ],
)
def test_a_follow_up_means_what_it_means_in_the_conversation(history: list[Turn], asked: str, meant: str) -> None:
    assert standalone(asked, history) == meant


@pytest.mark.parametrize("history", [RAMOS, LYNCH, BACKS, MEETING, BLASIO, CURIE, TREATY, APPLE, MAYOR, QUOTED])
@pytest.mark.parametrize(
    "asked",
    [
        "Who is the police commissioner?",
        "Why are the unions upset?",
        "Why did de Blasio say he was sorry?",
        "When did Bratton publish his book?",
        "Is it true that the mayor apologised?",
        "How many people were there?",
        "Was there a protest?",
        "What time is it in Tokyo?",
        "What happened at the church?",
        "police commissioner",
        "Thanks!",
        "Really?",
        "Which unions met the mayor?",
        "Did the officers turn their backs?",
        "Where did the teachers meet their pupils?",
        "Who gave Bob Smith the prize that made him famous?",
        "Who hired Ray Kelly and later fired him?",
        "Did anyone see the gunman before police shot him?",
        "What is the name of the soldier who lost his leg?",
        "What should a driver do if police stop him?",
        "Which actress left her husband?",
        "Who does Ann Lee think will replace her?",
        "Does it matter who attends?",
        "Who made it to the final?",
        "What does IT cost?",
        "Is it raining?",
        "Will it be cold tomorrow?",
        "And?",
        "who leads the  union?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(history: list[Turn], asked: str) -> None:
    assert standalone(asked, history) == asked


def test_each_turn_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(dialogue, "mentions", lambda text: seen.append(text) or iter(()))
    standalone("Was it it or there they or it in them or him?", [Turn("A, A?", None), Turn("B, B?", None)])
    assert sorted(seen) == ["A, A?", "B, B?", "Was it it or there they or it in them or him?"]


def test_without_a_history_nothing_is_filled_in() -> None:
    assert standalone("  Why did   he go? ", []) == "  Why did   he go? "


@pytest.mark.parametrize("asked", ["Why?", "And Liu?", "Who killed him?", "Aa, " * 500, " " * 2000 + "he?"])
@pytest.mark.parametrize("before", ["Who is " + " " * 8000 + "x", "Aa, " * 5000, "the " * 5000, "?" * 9000, ""])
def test_no_conversation_takes_long(asked: str, before: str) -> None:
    assert isinstance(standalone(asked, [Turn(before, before)] * 100), str)
