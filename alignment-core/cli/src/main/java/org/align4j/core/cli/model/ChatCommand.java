package org.align4j.core.cli.model;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.error.VisibleText;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;
import org.align4j.core.policy.MixedWeights;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * {@code align chat}: a conversation with a model in the terminal, or with two side by side. A model folder may have a file {@value
 * #ASK}, which says to people what they can ask.
 */
public final class ChatCommand extends NamedCommand<ChatCommand.Options> {
    private static final String ASK = "ask.txt";
    private static final int LONGEST_ASK = 4000;

    /** The options of {@code align chat}. */
    public record Options(
            ModelOptions model,

            @Option(
                    help =
                            "A second model, or a run, that answers each message beside the first; it goes on from its own answers.")
            @Nullable
            String beside,

            @Option(
                    help =
                            "Answer in the conversation so far; false answers each message on its own, as a model needs that was trained on single questions.",
                    defaultValue = "true")
            boolean memory,

            @Option(help = ShownExamples.HELP, defaultValue = "")
            List<String> examples,

            @Option(
                    help = "Tokens that an answer may have; more cut fewer answers and take longer.",
                    defaultValue = "512")
            int maxNewTokens,

            Sampling sampling) {

        /** Checks ranges. */
        public Options {
            examples = List.copyOf(examples);
            new GenerationSettings(maxNewTokens, sampling, 1, 0, List.of(), false);
        }

        @Nullable
        ModelOptions second() {
            return beside == null
                    ? null
                    : new ModelOptions(beside, null, model.maxLength(), model.engine(), model.template());
        }

        GenerationSettings settings() {
            return new GenerationSettings(
                    maxNewTokens, sampling, 1, model.engine().seed(), List.of(), false);
        }
    }

    /** Names the command. */
    public ChatCommand() {
        super(
                "chat",
                "talk to a model, or to two side by side; /compare shows it with and without its adapter, /mix with a part of it",
                Options.class);
    }

    @Override
    public boolean waitsForPeople() {
        return true;
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        ModelOptions second = options.second();
        try (ModelSession session = ModelSession.open(options.model(), ConsoleLog.of(terminal))) {
            prepare("model", options.model(), session, options, terminal);
            if (second == null) {
                talk(session, null, options, terminal);
                return 0;
            }
            try (ModelSession other = ModelSession.openBeside(List.of(session), second, ConsoleLog.of(terminal))) {
                prepare("beside", second, other, options, terminal);
                talk(session, new Speaker(second.model(), other), options, terminal);
            }
            return 0;
        }
    }

    private static void prepare(
            String option, ModelOptions named, ModelSession session, Options options, Terminal terminal) {
        if (!session.text().hasTemplate()) {
            throw new InputException(option + " is " + named.model()
                    + ", which has no chat template; give one with --chat-template FILE, or use align generate.");
        }
        ShownExamples.show(options.examples(), session, terminal);
    }

    private static void talk(ModelSession session, @Nullable Speaker beside, Options options, Terminal terminal)
            throws IOException {
        Speaker speaker = new Speaker(options.model().model(), session);
        try (Chat chat = new Chat(speaker, beside, options, terminal)) {
            chat.run();
        }
    }

    /** A model and the conversation with it so far. */
    private record Speaker(String name, ModelSession session, List<Message> messages) {
        Speaker(String name, ModelSession session) {
            this(name, session, new ArrayList<>());
        }

        PromptTokens prompt(int turn) {
            return new PromptTokens(turn, session.text().encodePrompt(List.copyOf(messages), null), null);
        }

        /** Returns what the model's folder says that people can ask, or that it says too much; empty if it says nothing. */
        String ask() throws IOException {
            Path file = session.place().model().resolve(ASK);
            if (!Files.isRegularFile(file)) {
                return "";
            }
            long bytes = Files.size(file);
            return bytes <= LONGEST_ASK
                    ? VisibleText.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip())
                    : format("%s has %,d bytes and is not shown; make it %,d at most.", file, bytes, LONGEST_ASK);
        }
    }

    /** A conversation: lines that begin with a slash command it, all others are said to the model. */
    private static final class Chat implements AutoCloseable {
        private static final double STRONGEST = 1.5;

        private static final Set<String> ENDS = Set.of("/exit", "/quit", "/bye");

        private static final String HELP = "/reset forgets the conversation, /system TEXT begins a new one under that"
                + " instruction, /compare answers with the adapter on and off, /mix 0.5 applies half of the adapter (0 to 1.5),"
                + " /ask says what the model can be asked, /exit, /quit, /bye or Ctrl-D ends.";

        private final Speaker speaker;
        private final @Nullable Speaker beside;
        private final ModelSession session;
        private final GenerationSettings settings;
        private final boolean memory;
        private final Terminal terminal;
        private final Mix trained;
        private final Generator plain;
        private @Nullable String system;
        private Mix mix;
        private boolean compares;
        private int turn;

        Chat(Speaker speaker, @Nullable Speaker beside, Options options, Terminal terminal) {
            this.speaker = speaker;
            this.beside = beside;
            this.session = speaker.session();
            this.settings = options.settings();
            this.memory = options.memory();
            this.terminal = terminal;
            this.trained = new Mix(1, null, session.generator());
            this.mix = trained;
            this.plain = session.baseGenerator();
        }

        /** Talks until the input ends. */
        void run() throws IOException {
            terminal.print(HELP);
            for (Speaker each : speakers()) {
                String ask = each.ask();
                if (!ask.isEmpty()) {
                    terminal.print(ask);
                }
            }
            for (String line = ask(); line != null && !ENDS.contains(line.strip()); line = ask()) {
                if (line.startsWith("/")) {
                    command(line.strip());
                } else if (!line.isBlank()) {
                    say(line);
                }
            }
            terminal.print("");
        }

        private @Nullable String ask() throws IOException {
            terminal.printPart("> ");
            terminal.requireWritten();
            return terminal.readLine();
        }

        private void command(String line) throws IOException {
            String name = line.split("\\s", 2)[0];
            String rest = line.substring(name.length()).strip();
            switch (name) {
                case "/reset" -> {
                    begin();
                    terminal.print("The conversation begins again.");
                }
                case "/system" -> {
                    system = rest.isEmpty() ? null : rest;
                    begin();
                    terminal.print(
                            rest.isEmpty()
                                    ? "No system message of your own; the conversation begins again."
                                    : "The conversation begins again under this system message.");
                }
                case "/compare" -> compare();
                case "/mix" -> mix(rest);
                case "/ask" -> sayWhatToAsk();
                case "/help" -> terminal.print(HELP);
                default -> terminal.print("There is no " + name + ". " + HELP);
            }
        }

        private void begin() {
            for (Speaker each : speakers()) {
                each.messages().clear();
                if (system != null) {
                    each.messages().add(Message.of("system", system));
                }
            }
        }

        private List<Speaker> speakers() {
            return beside == null ? List.of(speaker) : List.of(speaker, beside);
        }

        private void sayWhatToAsk() throws IOException {
            for (Speaker each : speakers()) {
                String ask = each.ask();
                terminal.print(
                        ask.isEmpty()
                                ? each.name() + " has no " + ASK + " that says what to ask; its training rows show it."
                                : ask);
            }
        }

        private boolean lacksAdapter(String purpose) {
            boolean lacks = session.place().adapter() == null;
            if (lacks) {
                terminal.print(
                        "There is no adapter to " + purpose + "; start with --adapter, or with a run as the model.");
            }
            return lacks;
        }

        private void compare() {
            if (lacksAdapter("switch off")) {
                return;
            }
            compares = !compares;
            terminal.print(
                    compares
                            ? "Every answer comes twice: with the adapter, which the conversation goes on from, and without."
                            : "Answers come with the adapter alone.");
        }

        private void mix(String rest) {
            if (lacksAdapter("mix in")) {
                return;
            }
            double strength = strength(rest);
            if (Double.isNaN(strength)) {
                terminal.print("/mix takes a number from 0 (the base) over 1 (the adapter as trained) to " + STRONGEST
                        + ", such as /mix 0.5" + (rest.isEmpty() ? "" : "; " + rest + " is none") + ". It stays "
                        + mix.strength + ".");
                return;
            }
            mix.close();
            if (strength == 1) {
                mix = trained;
            } else {
                MixedWeights weights = new MixedWeights(session.policy(), strength);
                mix = new Mix(strength, weights, session.generatorOf(weights.weights()));
            }
            terminal.print("Answers come with " + strength + " of the adapter's effect.");
        }

        private static double strength(String words) {
            try {
                double strength = Double.parseDouble(words);
                return strength >= 0 && strength <= STRONGEST ? strength : Double.NaN;
            } catch (NumberFormatException e) {
                return Double.NaN;
            }
        }

        private String label() {
            return mix.weights == null ? "[adapter on] " : "[adapter × " + mix.strength + "] ";
        }

        private void say(String line) {
            int turnNow = turn++;
            if (!memory) {
                begin();
            }
            say(speaker, true, line, turnNow);
            if (beside != null) {
                say(beside, false, line, turnNow);
            }
        }

        private void say(Speaker asked, boolean first, String line, int turnNow) {
            List<Message> messages = asked.messages();
            int before = messages.size();
            messages.add(Message.of("user", line));
            try {
                PromptTokens prompt = asked.prompt(turnNow);
                String name = beside == null ? "" : "[" + asked.name() + "] ";
                Generator generator = first ? mix.generator : asked.session().generator();
                String answer = answer(generator, prompt, name + (first && compares ? label() : ""));
                if (first && compares) {
                    answer(plain, prompt, name + "[adapter off] ");
                }
                messages.add(Message.of("assistant", answer));
            } catch (InputException refused) {
                messages.subList(before, messages.size()).clear();
                terminal.print(refused.getMessage() + " This was not said; /reset begins again.");
            }
        }

        private String answer(Generator generator, PromptTokens prompt, String label) {
            terminal.printPart(label);
            StringBuilder text = new StringBuilder();
            generator.generate(List.of(prompt), settings, new Generator.Listener() {
                @Override
                public void text(PromptTokens answered, int sample, String piece) {
                    text.append(piece);
                    terminal.printPart(piece);
                }

                @Override
                public void completed(Completion completion) {
                    terminal.print(completion.finished() ? "" : " … (" + completion.ids().length + " tokens, cut)");
                }
            });
            return text.toString();
        }

        @Override
        public void close() {
            mix.close();
        }

        /** Answers with the adapter of some strength; weights of its own are closed. */
        private record Mix(double strength, @Nullable MixedWeights weights, Generator generator)
                implements AutoCloseable {
            @Override
            public void close() {
                if (weights != null) {
                    weights.close();
                }
            }
        }
    }
}
