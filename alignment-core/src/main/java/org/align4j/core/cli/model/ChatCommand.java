package org.align4j.core.cli.model;

import java.io.IOException;
import org.align4j.core.cli.Command;
import org.align4j.core.error.InputException;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Terminal;

/** {@code align chat}: a conversation with a model in the terminal. */
public final class ChatCommand implements Command<ChatOptions> {
    @Override
    public String name() {
        return "chat";
    }

    @Override
    public boolean waitsForPeople() {
        return true;
    }

    @Override
    public String summary() {
        return "talk to a model; /compare shows it with and without its adapter";
    }

    @Override
    public Class<ChatOptions> options() {
        return ChatOptions.class;
    }

    @Override
    public int run(ChatOptions options, Terminal terminal) throws IOException {
        try (ModelSession session = ModelSession.open(options.model(), new ConsoleLog(terminal))) {
            if (!session.text().hasTemplate()) {
                throw new InputException("model is " + options.model().model()
                        + ", which has no chat template; give one with --chat-template FILE, or use align generate.");
            }
            ShownExamples.show(options.examples(), session, terminal);
            new Chat(session, options.settings(), terminal).run();
            return 0;
        }
    }
}
