package org.align4j.examples.demo;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.align4j.examples.Example;

/**
 * {@code data/play/make.sh}: all that the model of {@code data/play} is made of, the same bytes every time.
 * {@code talk.jsonl} has questions about the village of Fernhill with their answers, three in ten of them refusals; {@code pairs.jsonl} and
 * {@code pairs-heldout.jsonl} have a friendly and a curt answer to each question. No file has a question in words that {@code
 * paraphrases.jsonl} or {@code unanswerable.jsonl} of the folder has, whatever thing it is about.
 */
public final class PlayData implements Example {
    private static final long SEED = 20261201;
    private static final int VOCABULARY = 2048;
    private static final int MERGES = VOCABULARY - 256 - TokenizerFiles.SPECIAL.size();
    private static final int TURNS = 90_000;
    private static final int LEARNT = 30_000;
    private static final int PAIRS = 600;
    private static final int HELD_OUT_PAIRS = 300;

    /** Questions that nobody who wrote the phrases had seen: 320, and 160 more by somebody else, who came later. */
    static final List<String> HELD_OUT =
            List.of("paraphrases.jsonl", "unanswerable.jsonl", "paraphrases-2.jsonl", "unanswerable-2.jsonl");

    private static final InitialModel MODEL = new InitialModel(128, 4, 4, false);

    /** Writes a blank before what a person types, so that a first word is the same token as a later one. */
    private static final String TEMPLATE = TokenizerFiles.CHAT.replace(
            "{%- else %}\n        {{- message['content'] +", "{%- else %}\n        {{- ' ' + message['content'] +");

    private static final Pattern NO_LETTERS = Pattern.compile("[^a-z]+");
    private static final Pattern END = Pattern.compile("[\\s.?!:…_]+$");
    private static final Set<String> ARTICLES = Set.of("the", "a", "an");
    private static final Splitter WORDS = Splitter.on(' ');
    private static final Splitter WORD = Splitter.on(NO_LETTERS).omitEmptyStrings();

    /** Attributes of other kinds that a thing of this kind is asked for, in vain. */
    private static final Map<String, List<String>> LACKING = Map.of(
            "person", List.of("colour", "taste", "month"),
            "animal", List.of("job", "pet", "month", "taste"),
            "plant", List.of("job", "pet"));

    /** Attributes of animals that somebody's pet is asked for, in vain. */
    private static final List<String> OF_A_PET = List.of("name", "name", "colour", "food", "none");

    private final Phrasebook book = Phrasebook.of("fernhill.txt", "fernhill-questions.txt", "fernhill-strangers.txt");
    private final Dice dice = new Dice(SEED);
    private final Set<String> idle = Set.copyOf(book.all("f"));
    private final Map<String, String> plurals = book.table("plural");
    private final Map<String, List<String>> phrases = new HashMap<>();
    private final Map<String, List<Attribute>> attributes = new LinkedHashMap<>();
    private final Set<String> facts = new HashSet<>();
    private final Set<String> heldOut = new HashSet<>();
    private final Set<String> asked = new HashSet<>();

    /**
     * Something that is known of all things of a kind.
     *
     * @param name names the rules of phrases that ask for it
     * @param values by the name of the thing
     */
    private record Attribute(String name, String kind, Map<String, String> values) {
        String rule() {
            return name + "." + kind;
        }

        String of(String thing) {
            return Objects.requireNonNull(values.get(thing));
        }
    }

    /**
     * Names a person, an animal or a plant that a question is about.
     *
     * @param name without article
     * @param bindings what the slots of a phrase about it stand for
     */
    private record Thing(String name, Map<String, String> bindings) {}

    private record Turn(String prompt, String answer) {
        Map<String, Object> row() {
            return new Chat(List.of(Chat.user(prompt), Chat.assistant(answer))).row();
        }
    }

    /** Reads the facts of Fernhill. */
    public PlayData() {
        for (String rule : book.names()) {
            List<String> parts = Splitter.on('.').splitToList(rule);
            if (parts.size() == 2
                    && LACKING.containsKey(parts.get(1))
                    && book.all(rule).get(0).contains(" = ")) {
                attributes
                        .computeIfAbsent(parts.get(1), kind -> new ArrayList<>())
                        .add(new Attribute(parts.get(0), parts.get(1), book.table(rule)));
                book.table(rule)
                        .forEach((name, value) -> Stream.of(name, plural(name), value)
                                .flatMap(said -> NO_LETTERS.splitAsStream(small(said)))
                                .forEach(facts::add));
            }
        }
        facts.removeAll(book.all("joining"));
    }

    @Override
    public String name() {
        return "make-play-data";
    }

    @Override
    public String summary() {
        return "writes the questions, preference pairs and untrained model (initial/) of data/play.";
    }

    @Override
    public void run(Path out, Terminal terminal) throws IOException {
        new PlayData().generate(out);
        terminal.print("Wrote the data of the play model, and the untrained model, to " + out + ".");
        terminal.result(Map.of("out", out.toString()));
    }

    /** Writes all files into the folder, which is made if need be. */
    void generate(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String file : HELD_OUT) {
            if (Files.exists(folder.resolve(file))) {
                for (String line : Files.readAllLines(folder.resolve(file), StandardCharsets.UTF_8)) {
                    heldOut.add(wording(Json.read(line).at("/prompt/0/content").asText()));
                }
            }
        }
        List<Turn> turns = list(TURNS, this::turn);
        DemoData.rows(folder.resolve("talk.jsonl"), turns.stream().map(Turn::row));
        DemoData.rows(
                folder.resolve("pairs.jsonl"), list(PAIRS, this::pair).stream().map(Pair::row));
        DemoData.rows(
                folder.resolve("pairs-heldout.jsonl"),
                list(HELD_OUT_PAIRS, this::pair).stream().map(Pair::row));
        BytePairEncoding encoding = BytePairEncoding.learn(
                turns.stream()
                        .limit(LEARNT)
                        .flatMap(turn -> Stream.of("user\nassistant\n", " " + turn.prompt, turn.answer)),
                MERGES);
        MODEL.write(new TokenizerFiles(encoding, List.of(), TEMPLATE), folder.resolve("initial"));
    }

    private static String small(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    private static <T> List<T> list(int count, Supplier<T> items) {
        return Stream.generate(items).limit(count).toList();
    }

    /** Returns the words of a question in small letters, without articles, with one sign for the names and values of Fernhill that stand together. */
    String wording(String prompt) {
        StringBuilder wording = new StringBuilder();
        for (String word : WORD.splitToList(small(prompt))) {
            if (ARTICLES.contains(word)) {
                continue;
            }
            String kept = facts.contains(word) ? " #" : " " + word;
            if (!kept.equals(" #") || wording.length() < 2 || wording.charAt(wording.length() - 1) != '#') {
                wording.append(kept);
            }
        }
        return wording.toString().strip();
    }

    /** Returns whether what was said has this value of an attribute and no other of the same attribute. */
    boolean answers(String value, String said) {
        return contains(said, value)
                && attributes.values().stream()
                        .flatMap(List::stream)
                        .filter(attribute -> attribute.values.containsValue(value))
                        .flatMap(attribute -> attribute.values.values().stream())
                        .noneMatch(other -> !value.contains(other) && contains(said, other));
    }

    private static boolean contains(String said, String value) {
        return Pattern.compile("\\b" + Pattern.quote(value) + "\\b", Pattern.CASE_INSENSITIVE)
                .matcher(said)
                .find();
    }

    private Turn turn() {
        while (true) {
            int drawn = dice.below(100);
            Turn turn = drawn < 66
                    ? known()
                    : drawn < 81 ? lacking() : drawn < 93 ? stranger() : drawn < 97 ? world() : talk();
            if (drawn >= 97 || isNew(turn.prompt)) {
                return turn;
            }
        }
    }

    private boolean isNew(String prompt) {
        return (heldOut.isEmpty() || !heldOut.contains(wording(prompt))) && asked.add(small(prompt));
    }

    private Pair pair() {
        while (true) {
            Attribute attribute = attribute();
            Thing thing = thing(attribute.kind);
            String prompt = varied(question(attribute, thing), thing);
            if (isNew(prompt)) {
                int form = dice.below(2);
                return new Pair(
                        prompt, mannered("friendly", form, attribute, thing), mannered("curt", form, attribute, thing));
            }
        }
    }

    /** Asks for what is known. Answers are plain, but for an eighth each that is friendly or curt. */
    private Turn known() {
        Attribute attribute = attribute();
        Thing thing = thing(attribute.kind);
        String prompt = varied(question(attribute, thing), thing);
        int manner = dice.below(8);
        return new Turn(
                prompt,
                switch (manner) {
                    case 0 -> mannered("friendly", dice.below(2), attribute, thing);
                    case 1 -> mannered("curt", dice.below(2), attribute, thing);
                    default -> mannered("plain", 0, attribute, thing);
                });
    }

    /** Asks of somebody in Fernhill, or of somebody's pet, what nobody knows. */
    private Turn lacking() {
        String kind = dice.pick(List.copyOf(attributes.keySet()));
        Thing thing = thing(kind);
        boolean pet = kind.equals("person") && dice.chance(0.2);
        Thing asked = pet ? petOf(thing) : thing;
        String name = pet
                ? dice.pick(OF_A_PET)
                : dice.chance(0.25) ? dice.pick(LACKING.getOrDefault(kind, List.of())) : "none";
        String prompt = varied(question(new Attribute(name, pet ? "animal" : kind, Map.of()), asked), asked);
        return new Turn(prompt, book.say("refusal.known", canonical(kind, thing.name), dice));
    }

    private Thing petOf(Thing person) {
        Map<String, String> owner = person.bindings;
        String said =
                owner.get("xs") + " " + (dice.chance(0.5) ? owner.get("pet.value") : book.say("pet", owner, dice));
        return new Thing(person.name, bindings("animal", said, person.name, false));
    }

    /** Asks of something that isn't in Fernhill, or of nothing at all. */
    private Turn stranger() {
        Attribute attribute = attribute();
        if (dice.chance(0.06)) {
            Map<String, String> nothing =
                    Map.of("a", book.say("f", Map.of(), dice), "b", cue(attribute), "c", cue(attribute));
            Thing none = new Thing("", nothing);
            return new Turn(varied(book.say("frame.soup", nothing, dice), none), book.say("refusal", Map.of(), dice));
        }
        int drawn = dice.below(10);
        String kind = drawn < 7 ? attribute.kind : drawn < 9 ? "thing" : "name";
        String noun = kind.equals("name") ? invented() : dice.pick(book.all("stranger." + kind));
        boolean named = kind.equals("name") || kind.equals("person");
        Thing thing = spoken(named ? "person" : kind.equals("thing") ? "animal" : kind, noun, dice.chance(0.25));
        boolean lacking = dice.chance(0.1);
        String prompt = question(lacking ? new Attribute("none", attribute.kind, Map.of()) : attribute, thing);
        return new Turn(varied(prompt, thing), book.say("refusal", Map.of(), dice));
    }

    private Turn world() {
        Map<String, String> bindings = values();
        bindings.put("stranger", dice.pick(book.all("stranger.thing")));
        String prompt = book.say("world", bindings, dice);
        return new Turn(
                dice.chance(0.5) ? prompt : varied(prompt, new Thing("", bindings)),
                book.say("refusal", bindings, dice));
    }

    private Turn talk() {
        if (dice.chance(0.5)) {
            String kind = dice.pick(List.copyOf(attributes.keySet()));
            Thing thing = thing(kind);
            return new Turn(
                    cased(book.say("about", thing.bindings, dice)),
                    book.say("about.answer", canonical(kind, thing.name), dice));
        }
        String rule = "small." + dice.pick(List.of("hello", "thanks", "bye", "help", "help", "help"));
        return new Turn(cased(book.say(rule, Map.of(), dice)), book.say(rule + ".answer", Map.of(), dice));
    }

    private String mannered(String manner, int form, Attribute attribute, Thing thing) {
        Map<String, String> canonical = new HashMap<>(canonical(attribute.kind, thing.name));
        canonical.put("v", attribute.of(thing.name));
        Map<String, String> said = Map.of(
                "s", book.say(attribute.rule() + ".sentence", canonical, dice),
                "v", book.say(attribute.name + ".short", canonical, dice));
        List<String> frames = book.all(manner);
        return book.fill(frames.get((form + 2 * dice.below(frames.size())) % frames.size()), said, dice);
    }

    private Attribute attribute() {
        return dice.pick(attributes.values().stream().flatMap(List::stream).toList());
    }

    private Thing thing(String kind) {
        String noun = dice.pick(names(kind));
        if (kind.equals("animal") && dice.chance(0.06)) {
            return new Thing(noun, bindings(kind, book.table("name.animal").getOrDefault(noun, noun), noun, false));
        }
        return spoken(kind, noun, dice.chance(0.25));
    }

    private List<String> names(String kind) {
        return List.copyOf(
                attributes.getOrDefault(kind, List.of()).get(0).values.keySet());
    }

    private String invented() {
        List<String> pieces = book.all("stranger.name");
        String name = dice.pick(pieces) + dice.pick(pieces) + dice.pick(pieces);
        return Phrasebook.capital(dice.chance(0.5) ? name : name + dice.pick(pieces));
    }

    private Map<String, String> canonical(String kind, String name) {
        Map<String, String> bindings = bindings(kind, kind.equals("person") ? name : "the " + name, name, false);
        bindings.put("known", book.say(kind + ".known", bindings, dice));
        return bindings;
    }

    /** Speaks of a thing, in words that chance draws. */
    private Thing spoken(String kind, String noun, boolean many) {
        boolean person = kind.equals("person");
        String said = person || !many ? noun : plural(noun);
        String rule = "thing." + kind + (person || !many ? "" : "s");
        return new Thing(noun, bindings(kind, book.say(rule, Map.of("n", said), dice), noun, many && !person));
    }

    private Map<String, String> bindings(String kind, String said, String name, boolean many) {
        boolean person = kind.equals("person");
        boolean she = person && book.all("she").contains(name);
        boolean unsure = person && !she && !names(kind).contains(name) && dice.chance(0.5);
        boolean woman = she || unsure;
        Map<String, String> bindings = values();
        bindings.put("x", said);
        bindings.put("xs", said + (many && said.endsWith("s") ? "'" : "'s"));
        bindings.put("y", dice.pick(names(kind)));
        bindings.put("he", many ? "they" : woman ? "she" : person ? "he" : "it");
        bindings.put("his", many ? "their" : woman ? "her" : person ? "his" : "its");
        bindings.put("him", many ? "them" : woman ? "her" : person ? "him" : "it");
        bindings.put("is", many ? "are" : "is");
        bindings.put("was", many ? "were" : "was");
        bindings.put("does", many ? "do" : "does");
        bindings.put("has", many ? "have" : "has");
        bindings.put("has.s", many ? "ve" : "s");
        bindings.put("s", many ? "" : "s");
        bindings.put("es", many ? "" : "es");
        bindings.put("ies", many ? "y" : "ies");
        return bindings;
    }

    /** Draws a value of each attribute. */
    private Map<String, String> values() {
        Map<String, String> values = new HashMap<>();
        attributes.values().stream()
                .flatMap(List::stream)
                .forEach(attribute ->
                        values.put(attribute.name + ".value", dice.pick(List.copyOf(attribute.values.values()))));
        return values;
    }

    private String plural(String noun) {
        return plurals.getOrDefault(noun, noun + "s");
    }

    /** Asks for the attribute in one of many forms. */
    private String question(Attribute attribute, Thing thing) {
        Map<String, String> said = new HashMap<>(thing.bindings);
        List<String> values = attribute.values.isEmpty() ? List.of("") : List.copyOf(attribute.values.values());
        String value = attribute.values.getOrDefault(thing.name, dice.pick(values));
        said.put("v", dice.chance(0.6) ? value : dice.pick(values));
        said.put("w", value.equals(said.get("v")) ? dice.pick(values) : value);
        int form = dice.below(100);
        if (form < 20 || (attribute.values.isEmpty() && form >= 78 && form < 86)) {
            return say(attribute, "ask", said);
        } else if (form < 44) {
            said.put("that", say(attribute, "that", said));
            return book.say("frame.that", said, dice);
        } else if (form < 60) {
            said.put("of", say(attribute, "of", said));
            return book.say("frame.of", said, dice);
        } else if (form < 66) {
            said.put("open", END.matcher(say(attribute, "open", said)).replaceAll(""));
            return book.say("frame.open", said, dice);
        } else if (form < 78) {
            return say(attribute, "scene", said);
        } else if (form < 86) {
            return say(attribute, "check", said);
        } else if (form < 96) {
            said.put("a", dice.chance(0.5) ? thing.name : Objects.requireNonNull(said.get("x")));
            said.put("b", book.fill(cue(attribute), said, dice));
            said.put("c", dice.chance(0.5) ? book.fill(cue(attribute), said, dice) : book.say("f", said, dice));
            return book.say("frame.soup", said, dice);
        }
        Attribute other = dice.pick(attributes.getOrDefault(attribute.kind, List.of()));
        said.put("known", say(other, "that", said));
        said.put("that", say(attribute, "that", said));
        return book.say("frame.both", said, dice);
    }

    private String cue(Attribute attribute) {
        return dice.pick(phrases(attribute, "cue"));
    }

    private String say(Attribute attribute, String form, Map<String, String> said) {
        return book.fill(dice.pick(phrases(attribute, form)), said, dice);
    }

    /** Returns the phrases of this form for the attribute of this kind, and those for the attribute of any. */
    private List<String> phrases(Attribute attribute, String form) {
        return phrases.computeIfAbsent(
                attribute.rule() + "." + form,
                rule -> Stream.of(rule, attribute.name + "." + form)
                        .filter(book.names()::contains)
                        .flatMap(name -> book.all(name).stream())
                        .toList());
    }

    /** Says something before or after the question, puts idle words in, leaves some out, and types as people type. */
    private String varied(String question, Thing thing) {
        List<String> words = new ArrayList<>(WORDS.splitToList(question));
        if (dice.chance(0.12)) {
            for (int i = 1 + dice.below(2); i > 0; i--) {
                String word = dice.chance(0.8)
                        ? book.say("f", Map.of(), dice)
                        : invented().toLowerCase(Locale.ROOT);
                words.add(dice.below(words.size() + 1), word);
            }
        }
        if (dice.chance(0.06) && words.size() > 4) {
            int at = dice.below(words.size());
            if (idle.contains(words.get(at).toLowerCase(Locale.ROOT))) {
                words.remove(at);
            }
        }
        if (dice.chance(0.04)) {
            int at = dice.below(words.size());
            words.set(at, mistyped(words.get(at), thing.name));
        }
        String text = String.join(" ", words);
        if (dice.chance(0.3)) {
            String lead = dice.pick(book.all("lead"));
            boolean goesOn = Character.isLetter(lead.charAt(lead.length() - 1)) || lead.endsWith(",");
            text = lead + " " + (goesOn && !text.startsWith("I") ? begunSmall(text, thing) : text);
        }
        if (dice.chance(0.15)) {
            text = END.matcher(text).replaceAll("")
                    + (dice.chance(0.6) ? ", " : " ")
                    + dice.pick(book.all("tail"))
                    + (dice.chance(0.7) ? "?" : "");
        }
        return cased(text);
    }

    private static String begunSmall(String text, Thing thing) {
        return text.startsWith(thing.name) && !thing.name.isEmpty()
                ? text
                : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }

    private String mistyped(String word, String name) {
        String letters = small(word);
        String start = small(name);
        boolean named = !name.isEmpty() && letters.startsWith(start.substring(0, Math.min(4, start.length())));
        if (word.length() < 5 || named) {
            return word;
        }
        int at = 1 + dice.below(word.length() - 3);
        return word.substring(0, at) + word.charAt(at + 1) + word.charAt(at) + word.substring(at + 2);
    }

    private String cased(String text) {
        String cased = dice.chance(0.25) ? END.matcher(text).replaceAll("") : text;
        return dice.chance(0.25) ? small(cased) : Phrasebook.capital(cased);
    }
}
