package org.align4j.examples.demo;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.ByteAlphabet;
import org.align4j.examples.Example;

/**
 * {@code data/tools/make.sh}: all that the models of {@code data/tools} are made of, the same bytes every time.
 * Rows of SFT are full of copies ({@code copies.jsonl}), or show the form of a call and of an answer, while chance decides which operator or
 * column is asked for ({@code form.jsonl}); with {@code use.jsonl} a larger model learns the right one. Questions with their answers are
 * {@code sums.jsonl}, {@code rooms.jsonl} and, about numbers that no other file asks, {@code sums-heldout.jsonl} and {@code
 * rooms-heldout.jsonl}; {@code rooms.db} is the table.
 */
public final class ToolsData implements Example {
    private static final long SEED = 2026;
    private static final int MERGES = 500;
    private static final int NUMBERS = 100;
    private static final int COPIES = 16_000;
    private static final int FORMS = 8_000;
    private static final int USES = 8_000;
    private static final int ASKED = 400;
    private static final int HELD_OUT = 200;
    private static final double UNCALLED = 0.5;
    private static final Pattern DIGITS = Pattern.compile("[0-9]+");
    private static final List<String> MARKS = List.of("<tool_call>", "</tool_call>");
    private static final InitialModel SMALLER = new InitialModel(128, 4, 4, true);
    private static final InitialModel LARGER = new InitialModel(256, 5, 8, true);
    private static final String WRITTEN = """

            system
            Tools: calculator(expression) query(sql)
            user
            assistant
            {"name": "calculator", "arguments": {"expression": ""}}
            {"name": "query", "arguments": {"sql": ""}}
            tool
            result: It is .""";
    private static final String ANSWER = "It is %s.";
    private static final List<String> SUMS = List.of("What is {}?", "How much is {}?", "Please work out {}.");
    private static final List<String> ROOMS = List.of("What is the {}?", "Tell me the {}.", "I want to know the {}.");

    private static final List<String> NAMES = words("""
            Ada Ben Cleo Dora Emil Finn Greta Hugo Ida Jonas Kira Leo Mona Nils Olga Paul Rosa Sven Tess Udo Vera Wim Yara Zoe
            Anton Bella Clara David Elsa Felix Gina Hanna Ivo Jana Karl Lina Mara Nora Otto Petra""");

    private static final List<String> COLOURS =
            words("red green blue white black yellow brown grey pink orange purple silver");

    private static final List<String> THINGS = words("""
            lamp chair table clock door window key book cup plate stove shelf boat cart ladder wheel drum flute bell rope
            apple pear plum bread cheese honey tea milk salt stone coin map ring glove coat hat boot scarf""");

    private static final List<String> WORDS =
            Stream.of(NAMES, COLOURS, THINGS).flatMap(List::stream).toList();

    private static final String TEMPLATE = """
            {%- if tools %}
                {{- '<|im_start|>system\\nTools:' }}
                {%- for tool in tools %}
                    {{- ' ' + tool['function']['name'] + '(' + (tool['function']['parameters']['properties'] | join(', ')) + ')' }}
                {%- endfor %}
                {{- '<|im_end|>\\n' }}
            {%- endif %}
            {%- for message in messages %}
                {%- if not loop.first %}{{- '\\n' }}{% endif %}
                {{- '<|im_start|>' + message['role'] + '\\n' }}
                {%- if message['role'] == 'assistant' %}
                    {%- generation %}
                        {{- message['content'] or '' }}
                        {%- for call in message['tool_calls'] or [] %}
                            {{- '<tool_call>\\n{"name": "' + call['function']['name'] + '", "arguments": ' }}
                            {{- (call['function']['arguments'] | tojson) + '}\\n</tool_call>' }}
                        {%- endfor %}
                        {{- '<|im_end|>' }}
                    {%- endgeneration %}
                {%- elif message['role'] == 'tool' %}
                    {{- 'result: ' + message['content'] + '<|im_end|>' }}
                {%- else %}
                    {{- message['content'] + '<|im_end|>' }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '\\n<|im_start|>assistant\\n' }}
            {%- endif %}
            """;

    private final Dice dice = new Dice(SEED);
    private final List<String> spoken = new ArrayList<>();
    private final List<Map<Column, String>> rooms = new ArrayList<>();

    /** Furnishes the rooms. */
    public ToolsData() {
        for (int room = 0; room < NUMBERS; room++) {
            Map<Column, String> cells = new EnumMap<>(Column.class);
            for (Column column : Column.values()) {
                cells.put(column, column.draw(dice));
            }
            rooms.add(cells);
        }
    }

    @Override
    public String name() {
        return "make-tools-data";
    }

    @Override
    public String summary() {
        return "writes the rows, questions, table and untrained models of data/tools (initial/, initial-larger/).";
    }

    @Override
    public void run(Path out, Terminal terminal) throws IOException {
        new ToolsData().generate(out);
        terminal.print("Wrote the data of the tools' models, and both untrained, to " + out + ".");
        terminal.result(Map.of("out", out.toString()));
    }

    /** Writes all files into the folder, which is made if need be. */
    void generate(Path folder) throws IOException {
        Files.createDirectories(folder);
        rows(folder.resolve("copies.jsonl"), COPIES, this::copy);
        rows(folder.resolve("form.jsonl"), FORMS, () -> conversation(asked(), false));
        rows(folder.resolve("use.jsonl"), USES, () -> conversation(asked(), true));
        questions(folder.resolve("sums.jsonl"), ASKED, () -> sum(false));
        questions(folder.resolve("sums-heldout.jsonl"), HELD_OUT, () -> sum(true));
        questions(folder.resolve("rooms.jsonl"), ASKED, () -> room(false, true));
        questions(folder.resolve("rooms-heldout.jsonl"), HELD_OUT, () -> room(true, true));
        table(folder.resolve("rooms.db"));
        TokenizerFiles tokenizer = new TokenizerFiles(encoding(), MARKS, TEMPLATE);
        SMALLER.write(tokenizer, folder.resolve("initial"));
        LARGER.write(tokenizer, folder.resolve("initial-larger"));
    }

    private static void rows(Path file, int count, Supplier<Map<String, Object>> drawn) throws IOException {
        DemoData.rows(file, Stream.generate(drawn).limit(count));
    }

    /** Draws a row whose answer copies words or numbers of its question. */
    private Map<String, Object> copy() {
        return switch (dice.below(6)) {
            case 0 -> lookedUp();
            case 1 -> described();
            case 2, 3 -> notated();
            default -> saidAgain();
        };
    }

    private Map<String, Object> saidAgain() {
        String items = draw(2 + dice.below(11), () -> dice.chance(0.7) ? number() : dice.pick(WORDS), " ");
        return answered("Say again: " + items, "Again: " + items);
    }

    private Map<String, Object> lookedUp() {
        List<String> names = shuffled(NAMES).subList(0, 2 + dice.below(4));
        List<String> numbers = names.stream().map(name -> number()).toList();
        List<String> wanted = shuffled(names);
        return answered(
                "Look up: "
                        + draw(names, name -> name + " " + numbers.get(names.indexOf(name)))
                        + ". Where are " + String.join(", ", wanted) + "?",
                "There: " + draw(wanted, name -> name + " " + numbers.get(names.indexOf(name))));
    }

    private Map<String, Object> described() {
        List<String> room = Arrays.stream(Column.values())
                .map(column -> column.called() + " " + column.draw(dice))
                .toList();
        List<String> wanted = shuffled(room).subList(0, 1 + dice.below(room.size()));
        return answered(
                format(
                        "Room %s: %s. Which %s?",
                        number(),
                        String.join(", ", shuffled(room)),
                        draw(wanted, cell -> cell.substring(0, cell.indexOf(' ')))),
                "It has: " + String.join(", ", wanted));
    }

    /** Says a question in the tool's own notation, where the user asks for that and no tool is at hand. */
    private Map<String, Object> notated() {
        Asked asked = asked();
        return answered(
                format("%s Write it as %s.", asked.text, asked.tool.equals("query") ? "a query" : "an expression"),
                format("{\"%s\": \"%s\"}", asked.argument, asked.right().argument));
    }

    private Map<String, Object> answered(String question, String answer) {
        spoken.add(question);
        spoken.add(answer);
        return Map.of("messages", List.of(Chat.user(question), Chat.assistant(answer)));
    }

    private String number() {
        return String.valueOf(dice.below(NUMBERS));
    }

    private String draw(int count, Supplier<String> item, String between) {
        return Stream.generate(item).limit(count).collect(Collectors.joining(between));
    }

    private static String draw(List<String> items, UnaryOperator<String> said) {
        return items.stream().map(said).collect(Collectors.joining(", "));
    }

    private <T> List<T> shuffled(List<T> items) {
        List<T> shuffled = new ArrayList<>(items);
        for (int i = shuffled.size() - 1; i > 0; i--) {
            Collections.swap(shuffled, i, dice.below(i + 1));
        }
        return shuffled;
    }

    private Asked asked() {
        return dice.chance(0.5) ? sum(false) : room(false, false);
    }

    /** Draws a sum; of the pairs of numbers every fifth is held out. */
    private Asked sum(boolean heldOut) {
        Operator operator = dice.pick(List.of(Operator.values()));
        while (true) {
            int a = dice.below(NUMBERS);
            int b = dice.below(NUMBERS);
            String result = operator.of(a, b);
            boolean wide = operator == Operator.PLUS || operator == Operator.MINUS || (a > 1 && b > 1);
            if (!result.isEmpty() && wide && ((7 * a + 3 * b) % 5 == 0) == heldOut) {
                String words = format("%d %s %d", a, dice.pick(operator.words), b);
                Map<Object, Called> calls = new LinkedHashMap<>();
                for (Operator sign : Operator.values()) {
                    calls.put(sign, new Called(format(" %d %s %d", a, sign.sign, b), sign.of(a, b)));
                }
                return new Asked(dice.pick(SUMS).replace("{}", words), "calculator", "expression", calls, operator);
            }
        }
    }

    /** Draws a question about a room; every fifth is held out. Its cells are those of the table, or else drawn, too. */
    private Asked room(boolean heldOut, boolean asInTable) {
        Column column = dice.pick(List.of(Column.values()));
        int room;
        do {
            room = dice.below(NUMBERS);
        } while ((room % 5 == 0) != heldOut);
        Map<Object, Called> calls = new LinkedHashMap<>();
        for (Column other : Column.values()) {
            String sql = format("SELECT %s FROM rooms WHERE room = %d", other.called(), room);
            calls.put(other, new Called(sql, asInTable ? cell(room, other) : other.draw(dice)));
        }
        String frame = dice.pick(ROOMS);
        String words = format("%s of room %d", dice.pick(column.words), room);
        return new Asked(frame.replace("{}", words), "query", "sql", calls, column);
    }

    private String cell(int room, Column column) {
        return Objects.requireNonNull(rooms.get(room).get(column));
    }

    /** Writes a conversation about a question: with the right call, or in the form alone, whatever it says. */
    private Map<String, Object> conversation(Asked asked, boolean rightly) {
        List<Object> messages = new ArrayList<>(List.of(Chat.user(asked.text)));
        spoken.add(asked.text);
        spoken.add(asked.right().argument);
        if (!rightly && dice.chance(UNCALLED)) {
            String guessed = asked.tool.equals("query")
                    ? dice.pick(List.of(Column.values())).draw(dice)
                    : number();
            messages.add(Chat.assistant(format(ANSWER, guessed)));
        } else {
            Called called = rightly ? asked.right() : dice.pick(List.copyOf(asked.calls.values()));
            messages.add(ordered(
                    "role",
                    "assistant",
                    "content",
                    "",
                    "tool_calls",
                    List.of(ordered(
                            "type",
                            "function",
                            "function",
                            ordered("name", asked.tool, "arguments", Map.of(asked.argument, called.argument))))));
            if (!called.result.isEmpty()) {
                messages.add(new Chat.Message("tool", called.result));
                messages.add(Chat.assistant(format(ANSWER, called.result)));
            }
        }
        return ordered("messages", messages, "tools", asked.tools());
    }

    private void questions(Path file, int count, Supplier<Asked> drawn) throws IOException {
        Map<String, Map<String, Object>> rows = new LinkedHashMap<>();
        while (rows.size() < count) {
            Asked asked = drawn.get();
            rows.put(
                    asked.text,
                    ordered(
                            "prompt",
                            List.of(Chat.user(asked.text)),
                            "answer",
                            asked.right().result,
                            "tools",
                            asked.tools()));
        }
        DemoData.rows(file, rows.values().stream());
    }

    private void table(Path file) throws IOException {
        Files.deleteIfExists(file);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath());
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(
                    "CREATE TABLE rooms (room INTEGER PRIMARY KEY, guest TEXT, colour TEXT, floor INTEGER, beds INTEGER)");
            for (int room = 0; room < NUMBERS; room++) {
                statement.execute(format(
                        "INSERT INTO rooms VALUES (%d, '%s', '%s', %s, %s)",
                        room,
                        cell(room, Column.GUEST),
                        cell(room, Column.COLOUR),
                        cell(room, Column.FLOOR),
                        cell(room, Column.BEDS)));
            }
            connection.commit();
        } catch (SQLException e) {
            throw new IOException("The table of rooms can't be written to " + file + ": " + e.getMessage(), e);
        }
    }

    /** Makes one token of each number from 0 to 99 behind a blank, and of each word that the template or a row writes. */
    private BytePairEncoding encoding() {
        List<BytePairEncoding.Merge> merges = new ArrayList<>();
        for (int ten = -1; ten < 10; ten++) {
            String left = ByteAlphabet.spell(" ").get(0) + (ten < 0 ? "" : ten);
            for (int one = 0; one < 10 && ten != 0; one++) {
                merges.add(new BytePairEncoding.Merge(left, String.valueOf(one)));
            }
        }
        Stream<String> texts = spoken.stream().map(text -> DIGITS.matcher(text).replaceAll("") + WRITTEN);
        merges.addAll(BytePairEncoding.learn(texts, MERGES).merges());
        return new BytePairEncoding(merges);
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static List<String> words(String text) {
        return Splitter.on(CharMatcher.whitespace()).splitToList(text);
    }

    /**
     * A call of a tool.
     *
     * @param result what the tool says; empty where it is no number from 0 to 99
     */
    private record Called(String argument, String result) {}

    /**
     * A question with every call that might answer it.
     *
     * @param argument the name of the tool's argument
     * @param calls by operator or column
     * @param meant the operator or column whose call answers it
     */
    private record Asked(String text, String tool, String argument, Map<Object, Called> calls, Object meant) {
        Called right() {
            return Objects.requireNonNull(calls.get(meant));
        }

        List<Object> tools() {
            Map<String, Object> parameters = ordered(
                    "type",
                    "object",
                    "properties",
                    Map.of(argument, Map.of("type", "string")),
                    "required",
                    List.of(argument));
            return List.of(ordered("type", "function", "function", ordered("name", tool, "parameters", parameters)));
        }
    }

    private enum Operator {
        PLUS("+", "plus", "added to"),
        MINUS("-", "minus", "less"),
        TIMES("*", "times", "multiplied by"),
        OVER("/", "over", "divided by");

        private final String sign;
        private final ImmutableList<String> words;

        Operator(String sign, String... words) {
            this.sign = sign;
            this.words = ImmutableList.copyOf(words);
        }

        /** Returns the result as text; empty where it is no number from 0 to 99. */
        String of(int a, int b) {
            int result = switch (this) {
                case PLUS -> a + b;
                case MINUS -> a - b;
                case TIMES -> a * b;
                case OVER -> b > 0 && a % b == 0 ? a / b : -1;
            };
            return result >= 0 && result < NUMBERS ? String.valueOf(result) : "";
        }
    }

    private enum Column {
        GUEST("guest", "visitor"),
        COLOUR("colour", "paint"),
        FLOOR("floor", "storey"),
        BEDS("beds", "berths");

        private final ImmutableList<String> words;

        Column(String... words) {
            this.words = ImmutableList.copyOf(words);
        }

        String called() {
            return words.get(0);
        }

        String draw(Dice dice) {
            return switch (this) {
                case GUEST -> dice.pick(NAMES);
                case COLOUR -> dice.pick(COLOURS);
                case FLOOR -> String.valueOf(dice.below(10));
                case BEDS -> String.valueOf(1 + dice.below(4));
            };
        }
    }
}
