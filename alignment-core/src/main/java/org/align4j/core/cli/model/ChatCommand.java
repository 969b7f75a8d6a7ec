package org.align4j.core.cli.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
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

/** {@code align chat}: a conversation with a model in the terminal. */
public final class ChatCommand extends NamedCommand<ChatCommand.Options> {
    /** The options of {@code align chat}. */
    public record Options(
            ModelOptions model,

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

        GenerationSettings settings() {
            return new GenerationSettings(
                    maxNewTokens, sampling, 1, model.engine().seed(), List.of(), false);
        }
    }

    /** Names the command. */
    public ChatCommand() {
        super(
                "chat",
                "talk to a model; /compare shows it with and without its adapter, /mix with a part of it",
                Options.class);
    }

    @Override
    public boolean waitsForPeople() {
        return true;
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        try (ModelSession session = ModelSession.open(options.model(), ConsoleLog.of(terminal))) {
            if (!session.text().hasTemplate()) {
                throw new InputException("model is " + options.model().model()
                        + ", which has no chat template; give one with --chat-template FILE, or use align generate.");
            }
            ShownExamples.show(options.examples(), session, terminal);
            try (Chat chat = new Chat(session, options.settings(), terminal)) {
                chat.run();
            }
            return 0;
        }
    }

    /** A conversation: lines that begin with a slash command it, all others are said to the model. */
    private static final class Chat implements AutoCloseable {
        private static final double STRONGEST = 1.5;

        private static final String HELP = "/reset forgets the conversation, /system TEXT begins a new one under that"
                + " instruction, /compare answers with the adapter on and off, /mix 0.5 applies half of the adapter (0 to 1.5),"
                + " /exit or Ctrl-D ends.";

        private final ModelSession session;
        private final GenerationSettings settings;
        private final Terminal terminal;
        private final Mix trained;
        private final Generator plain;
        private final List<Message> messages = new ArrayList<>();
        private @Nullable String system;
        private Mix mix;
        private boolean compares;
        private int turn;

        Chat(ModelSession session, GenerationSettings settings, Terminal terminal) {
            this.session = session;
            this.settings = settings;
            this.terminal = terminal;
            this.trained = new Mix(1, null, session.generator());
            this.mix = trained;
            this.plain = session.baseGenerator();
        }

        /** Talks until the input ends. */
        void run() throws IOException {
            terminal.print(HELP);
            for (String line = ask(); line != null && !line.strip().equals("/exit"); line = ask()) {
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

        private void command(String line) {
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
                case "/help" -> terminal.print(HELP);
                default -> terminal.print("There is no " + name + ". " + HELP);
            }
        }

        private void begin() {
            messages.clear();
            if (system != null) {
                messages.add(Message.of("system", system));
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
            int before = messages.size();
            messages.add(Message.of("user", line));
            try {
                PromptTokens prompt =
                        new PromptTokens(turn++, session.text().encodePrompt(List.copyOf(messages), null), null);
                String answer = answer(mix.generator, prompt, compares ? label() : "");
                if (compares) {
                    answer(plain, prompt, "[adapter off] ");
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
