#!/usr/bin/env python3
"""Compares align4j's verdicts on instructions (IFEval) with those of lm_eval's implementation: docs/ifeval.md's tables.

    python ifeval.py pairs PAIRS.jsonl.gz [SEED]    # made-up prompts and answers with lm_eval's verdicts; seed 1: the test's golden file
    python ifeval.py sentences PAIRS.jsonl.gz FILE FIELD   # texts of a field, each with its number of sentences as "at least" and "less than"
    python ifeval.py real PAIRS.jsonl.gz ROWS…      # real answers (chosen of preference rows), each with made-up instructions
    python ifeval.py prompts PROMPTS.jsonl          # 40 prompts for a model, rows as the public data has them
    python ifeval.py public PAIRS.jsonl.gz PROMPTS.jsonl ROWS…   # IFEval's own 541 prompts, each with five of those answers and its own prompt
    java -cp "LIB/*" IfevalVerdicts.java PAIRS…        # our agreement with such files, by kind
    python ifeval.py agree PROMPTS.jsonl ITEMS.jsonl   # lm_eval's verdicts on answers that `align eval --out` kept, against ours

Needs lm_eval 0.4.13, nltk 3.9 or later with its punkt_tab data (NLTK_DATA names the folder; the package llama-index-core holds a copy),
langdetect and immutabledict. All made-up texts are our own, deterministic.
"""
import collections
import gzip
import json
import random
import sys

import langdetect
from lm_eval.tasks.ifeval import instructions_registry, instructions_util, utils

langdetect.DetectorFactory.seed = 0
IDS = list(instructions_registry.INSTRUCTION_DICT)
GUESSING = {"language:response_language", "change_case:english_capital", "change_case:english_lowercase"}

SUBJECTS = "the baker|our neighbour|a young otter|my sister|Mr. Hale|Dr. Amara Osei|the committee|she|they|an old map|NASA|the U.S. team".split("|")
VERBS = "found|carried|painted|measured|forgot|repaired|praised|counted|can't explain|didn't like|would have sold".split("|")
OBJECTS = ("seven lamps|a letter from Jan. 3|the river at 6 p.m.|one of the boats|3.5 litres of milk|two tickets, a hat and a pen|it|"
           "Smith & Co. in Boston|the No. 7 tram|a stone (grey and flat)|nothing at all|a well-known song").split("|")
TAILS = ["", "", " before the storm", " near St. Paul", ", although nobody asked", " vs. the rest", " in 2019", " e.g. on Sunday", " etc."]
ENDS = [".", ".", ".", ".", "!", "?", "...", ".\"", "!)", "?!", " ..."]
FOREIGN = {
    "de": "Der Garten liegt still hinter dem Haus, und am Abend hört man nur noch die Vögel in den alten Bäumen.",
    "fr": "Le marché ouvre très tôt le matin et les habitants viennent acheter du pain, des fruits et des fleurs.",
    "es": "Mi abuela cocina todos los domingos una sopa de verduras que huele muy bien y alimenta a toda la familia.",
    "it": "La città vecchia si trova sulla collina e dalle sue mura si vede tutta la valle fino al mare.",
    "pt": "O navio chegou ao porto depois de três semanas no mar e os marinheiros estavam muito cansados.",
    "fi": "Järven rannalla on pieni mökki, jossa perheemme viettää kesäisin monta viikkoa ilman sähköä.",
    "pl": "W małej księgarni na rogu można znaleźć stare mapy oraz książki, których nikt już nie wydaje.",
    "vi": "Mỗi buổi sáng ông tôi đi bộ quanh hồ và nói chuyện với những người bạn cũ của mình.",
    "ru": "Утром над рекой стоял густой туман, и лодки медленно выходили из тихой гавани в море.",
    "uk": "Увечері ми сиділи біля вогнища, співали пісень і слухали, як шумить старий ліс.",
    "bg": "Вечерта седяхме край огъня, пеехме песни и слушахме как шуми старата гора над селото.",
    "ar": "في الصباح يفتح الخباز دكانه الصغير ويملأ الشارع برائحة الخبز الطازج.",
    "fa": "هر روز صبح مادرم نان تازه می‌خرد و برای ما چای داغ درست می‌کند.",
    "ur": "ہر صبح میری ماں تازہ روٹی خریدتی ہے اور ہمارے لیے گرم چائے بناتی ہے۔",
    "he": "בכל בוקר האופה פותח את החנות הקטנה שלו והרחוב מתמלא בריח של לחם טרי.",
    "hi": "हर सुबह मेरी माँ ताज़ी रोटी बनाती है और हम सब साथ बैठकर चाय पीते हैं।",
    "mr": "दररोज सकाळी माझी आई ताजी भाकरी करते आणि आम्ही सगळे एकत्र बसून चहा पितो.",
    "bn": "প্রতিদিন সকালে আমার মা তাজা রুটি বানান এবং আমরা সবাই একসাথে চা খাই।",
    "ta": "ஒவ்வொரு காலையும் என் அம்மா சூடான தேநீர் தயாரிக்கிறார், நாங்கள் ஒன்றாக குடிக்கிறோம்.",
    "te": "ప్రతి ఉదయం మా అమ్మ వేడి టీ తయారు చేస్తుంది, మేము కలిసి తాగుతాము.",
    "kn": "ಪ್ರತಿ ಬೆಳಿಗ್ಗೆ ನನ್ನ ತಾಯಿ ಬಿಸಿ ಚಹಾ ಮಾಡುತ್ತಾರೆ ಮತ್ತು ನಾವು ಒಟ್ಟಿಗೆ ಕುಡಿಯುತ್ತೇವೆ.",
    "th": "ทุกเช้าแม่ของฉันจะซื้อขนมปังสดใหม่และชงชาร้อนให้พวกเราดื่มด้วยกัน",
    "ko": "매일 아침 어머니는 신선한 빵을 사고 우리를 위해 따뜻한 차를 끓여 주십니다.",
    "ja": "毎朝、母は新しいパンを買って、私たちのために温かいお茶を入れてくれます。",
    "sw": "Kila asubuhi mama yangu hununua mkate mpya na kutupikia chai ya moto kabla ya kwenda shuleni.",
    "en": "Every morning my mother buys fresh bread and makes hot tea for all of us before we walk to school.",
}
ODD = ["", " ", "\n\n", "...", "42", "\u00a0", "日本語です。", "नमस्ते दुनिया", "naïve café – ça va?", "🙂🙂", "\r\nA line.\r\nB line.\r\n",
       "a\tb\vc", "İstanbul'da ısı", "ΑΒΓ ΣΑΣ", "A. B. C.", "***", "******", "* \n*\n-", "\"\"", "\"", "[]", "<<>>", "P.S.", "{}", "null", "Section 1"]


def sentence(rng):
    text = f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}{rng.choice(TAILS)}"
    return text[0].upper() + text[1:] + rng.choice(ENDS)


def prose(rng, sentences=None):
    return " ".join(sentence(rng) for _ in range(sentences or rng.randint(1, 5)))


def styled(rng):
    """A text with marks of many kinds."""
    lines = []
    for _ in range(rng.randint(1, 6)):
        lines.append(rng.choice([
            lambda: prose(rng, rng.randint(1, 3)), lambda: "* " + prose(rng, 1), lambda: "- " + prose(rng, 1), lambda: "",
            lambda: "  * **" + rng.choice(OBJECTS) + "** and *" + rng.choice(VERBS) + "*", lambda: f"{rng.randint(1, 9)}. " + prose(rng, 1),
            lambda: "## " + rng.choice(OBJECTS).title(), lambda: "***", lambda: "[name] wrote to [address " + str(rng.randint(1, 9)) + "]",
            lambda: "<<" + rng.choice(OBJECTS) + ">>", lambda: "Section " + str(rng.randint(1, 9)), lambda: "P.S. " + prose(rng, 1),
            lambda: rng.choice(list(FOREIGN.values())), lambda: prose(rng, 1).upper(), lambda: prose(rng, 1).lower(),
            lambda: "**" + prose(rng, 1) + "**", lambda: "-- " + rng.choice(OBJECTS), lambda: rng.choice(ODD)])())
    return "\n".join(lines)


def wrapped(rng, text):
    """A text as models wrap it, so that strict and loose verdicts differ."""
    return rng.choice([text, text, text, "Sure, here it is:\n" + text, text + "\nI hope this helps!", "Certainly!\n\n" + text + "\n\nAnything else?",
                       "**" + text + "**", "\n" + text + "\n", "  " + text + "  "])


def relation(rng):
    return rng.choice(["at least", "less than"])


def near(rng, n):
    """A number close to another."""
    return max(1, n + rng.choice([-2, -1, 0, 0, 1, 1, 2]))


def keyword(rng):
    return rng.choice(["lamp", "river", "boats", "the", "ou?r", "café", "Smith", "3.5", "no", "old map", "storm", "NASA", "it", "(grey|flat)", "tea"])


def capital_words(rng):
    words = [rng.choice(["NASA", "DON'T", "IT'S", "CANNOT", "A", "I", "AT&T", "U.S.", "X-RAY", "WOW!", "\"QUOTED\"", "(ASIDE)", "O'CLOCK", "B2B", "GONNA",
                         "THEY'LL", "DOGS'", "1,000M", "A/B", "END...", "A:B", "C,D", "'TIS", "''HI''", "ÉTÉ", "iOS", "we", "Hello", "dog", "it's"])
             for _ in range(rng.randint(3, 25))]
    return " ".join(words) + rng.choice([".", "", "!", ".\"", "\nThen more. NO MORE."])


def bullets(rng):
    n = rng.randint(1, 6)
    mark = rng.choice(["* ", "- ", "*", "-", "• ", "+ ", "** ", "  * ", "\t- ", "1. "])
    return n, "\n".join((mark if rng.random() < 0.85 else rng.choice(["- ", "* ", ""])) + prose(rng, 1) for _ in range(n)) + rng.choice(["", "\n*\n", "\n-", "\n\n"])


def highlights(rng):
    n = rng.randint(1, 5)
    parts = [rng.choice(["*{}*", "**{}**", "***{}***", "*{} *", "* {}", "*{}", "**{}*", "_{}_"]).format(rng.choice(OBJECTS)) for _ in range(n)]
    return n, rng.choice([" ", "\n", ", "]).join(parts) + rng.choice(["", "**", "* *", "****"])


def paragraphs(rng):
    n = rng.randint(1, 5)
    between = rng.choice(["\n***\n", "\n\n***\n\n", " *** ", "\n\n", "***", "\n* * *\n", "\n******\n", "\n****\n"])
    return n, rng.choice(["", "***\n"]) + between.join(rng.choice([prose(rng, 2), prose(rng, 1), " " if rng.random() < 0.2 else prose(rng, 1)]) for _ in range(n)) + rng.choice(["", "\n***", "\n***\n \n***"])


def first_word(rng):
    n, word = rng.randint(1, 4), rng.choice(["Rivers", "the", "quiet", "It", "Élan", "well-known", "don't", "42"])
    nth = rng.randint(1, n)
    parts = [prose(rng, 1) for _ in range(n)]
    parts[nth - 1] = rng.choice(["{} ran on.", "\"{}\" he said", "'{}' he said", "{}, then", "{}... so", "**{}** x", "A {} x", "{}", "  {} x", "{}s x"]).format(
        rng.choice([word, word.upper(), word.lower()])) + " " + parts[nth - 1]
    return n, nth, word.lower(), rng.choice(["\n\n", "\n\n", "\n\n\n", "\n\n\n\n", "\n", "\n \n"]).join(parts) + rng.choice(["", "\n\n", "\n\n \n\n"])


def sections(rng):
    n, word = rng.randint(1, 5), rng.choice(["Section", "SECTION", "Part", "PARAGRAPH", "Day"])
    head = rng.choice(["{} {}", "{}{}", "## {} {}", "{}  {}", "{}: {}", "**{} {}**", "{} {}."])
    return n, word, "\n".join(head.format(rng.choice([word, word, word.title()]), i + 1 if rng.random() < 0.9 else "one") + "\n" + prose(rng, 1) for i in range(n))


def json_text(rng):
    return rng.choice([
        json.dumps({"name": rng.choice(OBJECTS), "n": [1, 2.5, None, True]}), json.dumps([1, 2, {"é": "ü"}], ensure_ascii=False), "42", "\"text\"", "NaN", "[1, -Infinity]",
        "{'a': 1}", "{\"a\": 1,}", "{\"a\": 1} {\"b\": 2}", "{\"a\": 01}", "[INF]", "{\"a\": \"line\nbreak\"}", "{a: 1}", "[1, 2", "{\"a\":1}]", "\"\\ud800\"", "1.", "-0", "1e5",
        "{\"a\": 1, \"a\": 2}", "[\"tab\there\"]", "// note\n{}", "true", "True", "[]", "{\"deep\": {\"er\": [[[]]]}}", "\u00a0{}\u00a0", "{\u00a0}", "[+1]", "[.5]", "9" * 40])


def fenced(rng, text):
    return rng.choice(["{}", "{}", "```json\n{}\n```", "```\n{}\n```", "```JSON {}```", "```Json\n{}```", "```javascript\n{}\n```", "Here:\n```json\n{}\n```", " ``` {} ``` ", "```json\n{}",
                       "{}\n```"]).replace("{}", text)


def postscript(rng):
    marker = rng.choice(["P.S.", "P.P.S", "P.S.", "P.P.S", "p.s.", "PS:", "P.S"])
    shown = rng.choice([marker, "P.S.", "P. S.", "P.P.S.", "P. P. S", "p.s.", "PS", "P.S", "p.p.s", "P.\u00a0S.", "Postscript:"])
    return marker, prose(rng, 2) + rng.choice(["\n\n", "\n", " "]) + shown + " " + prose(rng, 1)


def two(rng):
    a, b = prose(rng, 1), prose(rng, 1)
    return rng.choice(["{a}\n******\n{b}", "{a}******{b}", "******\n{a}\n******\n{b}\n******", "{a}\n******\n{a}", "{a}\n*****\n{b}", "{a}\n*******\n{b}", "{a}\n******\n{b}\n******\n{a}",
                       "{a}", "******", "{a}\n******\n \n******\n{b}", "{a}\n******\n{a} ", "{a}\n************\n{b}", "**A:** {a}\n******\n**B:** {b}"]).format(a=a, b=b)


def quoted(rng):
    return rng.choice(["\"{}\"", "\"{}\"", "“{}”", "'{}'", "\"{}", "{}\"", " \"{}\"\n", "{}", "\"\"{}\"\"", "\"{}\".", "Here: \"{}\"", "**\"{}\"**"]).format(prose(rng, 2))


def ending(rng):
    phrase = rng.choice(["Is there anything else I can help with?", "That is all.", "THE END", "peace!", "Ça suffit"])
    return phrase, prose(rng, 1) + rng.choice(["\n\n{}", " {}", " {}\"", "\n{}.", " {} ", " {}\n", "{}", " **{}**", " {}!", "", " {}\n\nYours"]).format(rng.choice([phrase, phrase.lower(), phrase.upper(), phrase[:-1]]))


def repeat(rng):
    ask = rng.choice(["Write two lines about the sea.", "Name a river.\nThen name its mouth.", "How old is the moon?  ", "İki satır yaz."])
    return ask, rng.choice(["{}\n\n", "{} ", "\"{}\" ", "", "  {}\n", "**{}**\n", "Sure!\n{}\n"]).format(rng.choice([ask, ask.strip(), ask.upper(), ask.lower(), ask[:-2]])) + prose(rng, 1)


def title(rng):
    return rng.choice(["<<{}>>", "<< >>", "<<>>", "<{}>", "<<{}>", "<<<{}>>>", "<<a\nb>>", "<<{}>> and <<x>>", "# {}", "**<<{}>>**", "<<>>>>", "<< < >>", "«{}»"]).format(rng.choice(OBJECTS)) + "\n" + prose(rng, 1)


def made(rng, kind):
    """The values of an instruction and an answer that follows it, nearly follows it, or does not."""
    if kind == "keywords:existence":
        words = rng.sample(["lamp", "river", "boats", "storm", "baker", "café", "ti(ck|m)et", "tea"], rng.randint(1, 3))
        return {"keywords": words}, prose(rng) + " " + " ".join(rng.choice([w, w.upper(), "", w]) for w in words)
    if kind == "keywords:frequency":
        word, n = keyword(rng), rng.randint(1, 4)
        return {"keyword": rng.choice([word, " " + word]), "frequency": n, "relation": relation(rng)}, prose(rng) + (" " + rng.choice([word, word.upper()])) * near(rng, n)
    if kind == "keywords:forbidden_words":
        return {"forbidden_words": rng.sample(["lamp", "river", "it", "map", "neighbour", "no", "storm", "Smith", "e.g", "naïve"], rng.randint(1, 3))}, prose(rng) + rng.choice(["", " maps", " It.", " no_one", " river-bed", " naïve!", " naïveté", " lampé"])
    if kind == "keywords:letter_frequency":
        letter = rng.choice("aeinoqtzXQEk")
        text = rng.choice([prose(rng), styled(rng), letter * rng.randint(1, 9)])
        return {"letter": letter, "let_frequency": near(rng, text.lower().count(letter.lower())), "let_relation": relation(rng)}, text
    if kind == "language:response_language":
        language = rng.choice(list(FOREIGN))
        other = rng.choice(list(FOREIGN))
        return {"language": language}, rng.choice([FOREIGN[language], FOREIGN[language], FOREIGN[language], FOREIGN[other], FOREIGN[language] + "\n" + prose(rng, 1), rng.choice(ODD)])
    if kind == "length_constraints:number_sentences":
        text = rng.choice([prose(rng, rng.randint(1, 9)), prose(rng), styled(rng)])
        return {"num_sentences": near(rng, instructions_util.count_sentences(text)), "relation": relation(rng)}, text
    if kind == "length_constraints:number_words":
        text = rng.choice([prose(rng), styled(rng), rng.choice(list(FOREIGN.values()))])
        return {"num_words": near(rng, len(text.split())), "relation": relation(rng)}, text
    if kind == "length_constraints:number_paragraphs":
        n, text = paragraphs(rng)
        return {"num_paragraphs": near(rng, n) if rng.random() < 0.5 else n}, text
    if kind == "length_constraints:nth_paragraph_first_word":
        n, nth, word, text = first_word(rng)
        return {"num_paragraphs": n, "nth_paragraph": nth, "first_word": word}, text
    if kind == "detectable_content:number_placeholders":
        n = rng.randint(1, 4)
        marks = ["[name]", "[]", "[a][b]", "[x\ny]", "[[z]]", "(no)", "[1]", "[link](url)"]
        return {"num_placeholders": n}, prose(rng, 1) + " ".join(rng.choice(marks) for _ in range(near(rng, n)))
    if kind == "detectable_content:postscript":
        marker, text = postscript(rng)
        return {"postscript_marker": marker}, text
    if kind == "detectable_format:number_bullet_lists":
        n, text = bullets(rng)
        return {"num_bullets": near(rng, n) if rng.random() < 0.4 else n}, rng.choice(["", "A list:\n"]) + text
    if kind == "detectable_format:constrained_response":
        return {}, rng.choice(["My answer is yes.", "My answer is no.", "My answer is maybe.", "my answer is yes.", "My answer is yes", "Yes.", "I think: My answer is no. Really.", "My answer is\nno.", "My  answer is no.", "My answer is **yes.**", "*My* answer is no."])
    if kind == "detectable_format:number_highlighted_sections":
        n, text = highlights(rng)
        return {"num_highlights": near(rng, n)}, text
    if kind == "detectable_format:multiple_sections":
        n, word, text = sections(rng)
        return {"section_spliter": word, "num_sections": near(rng, n) if rng.random() < 0.5 else n}, text
    if kind == "detectable_format:json_format":
        return {}, fenced(rng, json_text(rng))
    if kind == "detectable_format:title":
        return {}, title(rng)
    if kind == "combination:two_responses":
        return {}, two(rng)
    if kind == "combination:repeat_prompt":
        ask, text = repeat(rng)
        return {"prompt_to_repeat": ask}, text
    if kind == "startend:end_checker":
        phrase, text = ending(rng)
        return {"end_phrase": phrase}, text
    if kind == "startend:quotation":
        return {}, quoted(rng)
    if kind == "change_case:capital_word_frequency":
        text = rng.choice([capital_words(rng), capital_words(rng), prose(rng).upper(), styled(rng)])
        return {"capital_frequency": near(rng, sum(w.isupper() for w in text.split())), "capital_relation": relation(rng)}, text
    if kind == "change_case:english_capital":
        return {}, rng.choice([prose(rng).upper(), FOREIGN["en"].upper(), prose(rng), rng.choice(list(FOREIGN.values())).upper(), "OK 42", "42", prose(rng, 1).upper() + "ß", prose(rng, 2).upper() + " a", "YES!"])
    if kind == "change_case:english_lowercase":
        return {}, rng.choice([prose(rng).lower(), FOREIGN["en"].lower(), prose(rng), rng.choice(list(FOREIGN.values())).lower(), "ok", "42!", prose(rng, 2).lower() + " A", "naïve café"])
    return {}, rng.choice([prose(rng), prose(rng).replace(",", ""), prose(rng).replace(",", ";"), "3،5 and 3，5", "1,000", "no comma; here", "a‚b"])


def forms(answer):
    lines = answer.split("\n")
    cuts = [answer, "\n".join(lines[1:]).strip(), "\n".join(lines[:-1]).strip(), "\n".join(lines[1:-1]).strip()]
    return sorted({form for cut in cuts for form in (cut, cut.replace("*", "")) if form.strip()})


def guess(text):
    try:
        return langdetect.detect(text)
    except langdetect.LangDetectException:
        return None


def judged(row, answer):
    result = utils.process_results(row, [answer])
    return [bool(v) for v in result["inst_level_strict_acc"]], [bool(v) for v in result["inst_level_loose_acc"]]


def row_of(key, kinds, values, answer):
    row = {"key": key, "prompt": f"Prompt {key}", "instruction_id_list": list(kinds), "kwargs": list(values)}
    strict, loose = judged(row, answer)
    row.update(answer=answer, strict=strict, loose=loose)
    if GUESSING & set(kinds):
        row["guesses"] = {form: guess(form) for form in forms(answer)}
    return row


def pair(rng, key, kinds):
    values, answers = zip(*(made(rng, kind) for kind in kinds))
    answer = wrapped(rng, rng.choice(answers))
    if rng.random() < 0.06:
        answer = rng.choice([styled(rng), rng.choice(ODD)])
    return row_of(key, kinds, values, answer)


def write(path, rows):
    with open(path, "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as out:
        for row in rows:
            out.write((json.dumps(row, ensure_ascii=True) + "\n").encode())
    for kind in IDS:
        mine = [(s, l) for row in rows for k, s, l in zip(row["instruction_id_list"], row["strict"], row["loose"]) if k == kind]
        print(f"{kind}: {len(mine)} pairs, followed strictly {sum(s for s, _ in mine)}, loosely {sum(l for _, l in mine)}")


def pairs(path, seed=1):
    rng = random.Random(int(seed))
    kinds = [[kind] for kind in IDS for _ in range(60)] + [rng.sample(IDS, rng.randint(2, 3)) for _ in range(300)]
    write(path, [pair(rng, key, asked) for key, asked in enumerate(kinds)])


def chosen(row):
    """The last answer of a preference row."""
    text = row.get("chosen", row.get("conversations"))
    if isinstance(text, dict):
        text = text.get("value", text.get("content"))
    if isinstance(text, list):
        text = text[-1].get("content", text[-1].get("value"))
    return text.split("\n\nAssistant:")[-1].strip()


def close_values(rng, kind, text):
    """Values whose threshold is what a real answer has, or next to it."""
    words = text.split() or ["x"]
    word = rng.choice([w for w in words if w.isalnum()] or ["x"])
    if kind == "length_constraints:number_sentences":
        return {"num_sentences": near(rng, instructions_util.count_sentences(text)), "relation": relation(rng)}
    if kind == "length_constraints:number_words":
        return {"num_words": near(rng, instructions_util.count_words(text)), "relation": relation(rng)}
    if kind == "change_case:capital_word_frequency":
        count = sum(token.isupper() for token in instructions_util.nltk.word_tokenize(text))
        return {"capital_frequency": near(rng, count), "capital_relation": relation(rng)}
    if kind == "keywords:frequency":
        return {"keyword": word, "frequency": near(rng, text.lower().count(word.lower())), "relation": relation(rng)}
    if kind == "keywords:existence":
        return {"keywords": [word, rng.choice(["the", "river", "you"])]}
    if kind == "keywords:forbidden_words":
        return {"forbidden_words": [word[:3], "lamp"]}
    if kind == "keywords:letter_frequency":
        return {"letter": "e", "let_frequency": near(rng, text.lower().count("e")), "let_relation": relation(rng)}
    if kind == "language:response_language":
        return {"language": rng.choice(["en", "en", "de"])}
    if kind == "length_constraints:number_paragraphs":
        return {"num_paragraphs": 1}
    if kind == "length_constraints:nth_paragraph_first_word":
        parts = [part for part in text.split("\n\n") if part.strip()]
        nth = rng.randint(1, max(1, len(parts)))
        first = (parts[nth - 1].split() if parts else ["x"])[0].strip("\"'.,?!").lower()
        return {"num_paragraphs": max(1, len(parts)), "nth_paragraph": nth, "first_word": first or "x"}
    if kind == "startend:end_checker":
        return {"end_phrase": " ".join(words[-3:])}
    return made(rng, kind)[0]


def real(path, *files):
    rng = random.Random(3)
    texts = [text for file in files for text in map(chosen, read(file)[:1000]) if text]
    write(path, [row_of(key, kinds, [close_values(rng, kind, text) for kind in kinds], text)
                 for key, text in enumerate(texts) for kinds in [rng.sample(IDS, 8)]])


def read(file):
    with (gzip.open if file.endswith(".gz") else open)(file, "rt", encoding="utf-8") as data:
        whole = data.read()
    return json.loads(whole) if whole.lstrip().startswith("[") else [json.loads(line) for line in whole.splitlines()]


def public(path, prompts, *files):
    """The prompts' own instructions; rows whose letter is no letter are left out, since lm_eval draws a random one."""
    rng = random.Random(4)
    texts = [text for file in files for text in map(chosen, read(file)[:1000]) if text]
    rows = []
    for row in read(prompts):
        if all(len(v.get("letter") or "a") == 1 and (v.get("letter") or "a").isalpha() for v in row["kwargs"]):
            for answer in rng.sample(texts, 5) + [row["prompt"]]:
                values = [{name: value for name, value in given.items() if value is not None} for given in row["kwargs"]]
                rows.append(row_of(row["key"], row["instruction_id_list"], values, answer))
        else:
            print(f"left out: {row['key']}")
    write(path, rows)


def sentences(path, file, field):
    """Both verdicts of a pair are true only where the count is the same; neither bound alone would show it."""
    kind, rows = "length_constraints:number_sentences", []
    for key, row in enumerate(read(file)[:2000]):
        count = instructions_util.count_sentences(row[field])
        values = [{"num_sentences": count, "relation": "at least"}, {"num_sentences": count + 1, "relation": "less than"}]
        rows.append(row_of(key, [kind, kind], values, row[field]))
    write(path, rows)


TOPICS = ["a lighthouse", "bread", "winter in a city", "bicycles", "the moon", "bees", "a lost key", "tea", "old maps", "rain"]


def prompts(path):
    rng = random.Random(2)
    asks = [
        lambda t: (f"Write about {t}. Use no commas.", "punctuation:no_comma", {}),
        lambda t: (f"Write about {t} in less than 40 words.", "length_constraints:number_words", {"num_words": 40, "relation": "less than"}),
        lambda t: (f"Write about {t} in at least 4 sentences.", "length_constraints:number_sentences", {"num_sentences": 4, "relation": "at least"}),
        lambda t: (f"List facts about {t} in exactly 3 bullet points that begin with a star.", "detectable_format:number_bullet_lists", {"num_bullets": 3}),
        lambda t: (f"Write about {t} in lowercase English only.", "change_case:english_lowercase", {}),
        lambda t: (f"WRITE ABOUT {t.upper()} IN ENGLISH CAPITAL LETTERS ONLY.", "change_case:english_capital", {}),
        lambda t: (f"Describe {t} as JSON.", "detectable_format:json_format", {}),
        lambda t: (f"Write a poem about {t} with a title in double angular brackets.", "detectable_format:title", {}),
        lambda t: (f"Write about {t} and use the word water at least twice.", "keywords:frequency", {"keyword": "water", "frequency": 2, "relation": "at least"}),
        lambda t: (f"Write about {t} and finish with a postscript that starts with P.S.", "detectable_content:postscript", {"postscript_marker": "P.S."}),
        lambda t: (f"Write about {t} and highlight at least 2 parts *like this*.", "detectable_format:number_highlighted_sections", {"num_highlights": 2}),
        lambda t: (f"Schreibe auf Deutsch über {t}.", "language:response_language", {"language": "de"}),
        lambda t: (f"Write about {t} with at least 3 words in capital letters.", "change_case:capital_word_frequency", {"capital_frequency": 3, "capital_relation": "at least"}),
    ]
    with open(path, "w", encoding="utf-8") as out:
        for key in range(40):
            first, second = rng.sample(asks, 2)
            topic = rng.choice(TOPICS)
            text, kind, values = first(topic)
            ids, given = [kind], [values]
            if key % 2:
                more, kind, values = second(topic)
                text, ids, given = text + " " + more, ids + [kind], given + [values]
            out.write(json.dumps({"key": key, "prompt": text, "instruction_id_list": ids, "kwargs": given}, ensure_ascii=False) + "\n")


def agree(prompts_path, items_path):
    counts = collections.defaultdict(collections.Counter)
    for row, item in zip(read(prompts_path), read(items_path), strict=True):
        theirs = judged(row, item["completion"])
        for name, reference in zip(("strict", "loose"), theirs):
            for kind, a, b in zip(row["instruction_id_list"], reference, item[name], strict=True):
                counts[kind][name, a == b] += 1
                if a != b:
                    print(f"key {row['key']}: {kind} is {a} there and {b} here, {name}", file=sys.stderr)
    print("| kind | strict | loose |\n|---|---|---|")
    for kind in sorted(counts):
        cells = [f"{counts[kind][n, True]} of {counts[kind][n, True] + counts[kind][n, False]}" for n in ("strict", "loose")]
        print(f"| `{kind}` | {cells[0]} | {cells[1]} |")


if __name__ == "__main__":
    {"pairs": pairs, "real": real, "sentences": sentences, "public": public, "prompts": prompts, "agree": agree}[sys.argv[1]](*sys.argv[2:])
