package org.align4j.serve;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.align4j.core.terminal.Terminal;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Keys;
import org.align4j.serve.access.Scope;
import org.jspecify.annotations.Nullable;

/** {@code align keys}: who may ask a server. Works before its first start and while it runs. */
public final class KeysCommand extends NamedCommand<KeysCommand.Options> {
    /** The options of {@code align keys}. */
    public record Options(
            @Positional(label = "ACTION…", help = "create NAME, list, or revoke NAME.")
            List<String> action,

            @Option(help = "The folder of the server.") Path dir,

            @Option(
                    help = "The project whose files, jobs and models a new key sees.",
                    defaultValue = Access.DEFAULT_PROJECT)
            String project,

            @Option(
                    help =
                            "What a new key may do: read (look and chat), train (files, jobs, models), admin (all, and /metrics).",
                    defaultValue = "read,train")
            List<String> scopes) {

        /** Checks that the action is one. */
        public Options {
            action = List.copyOf(action);
            scopes = List.copyOf(scopes);
            boolean known = (action.size() == 1 && action.get(0).equals("list"))
                    || (action.size() == 2 && List.of("create", "revoke").contains(action.get(0)));
            if (!known) {
                throw new InputException("The action is \"" + String.join(" ", action)
                        + "\" but must be create NAME, list, or revoke NAME.");
            }
            Scope.read(scopes);
        }
    }

    /** Names the command. */
    public KeysCommand() {
        super("keys", "make, list and revoke the keys of a server", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) {
        Keys keys = new Keys(options.dir());
        switch (options.action().get(0)) {
            case "create" -> create(keys, options, terminal);
            case "revoke" -> revoke(keys, options.action().get(1), terminal);
            default -> list(keys, terminal);
        }
        return 0;
    }

    private static void create(Keys keys, Options options, Terminal terminal) {
        Keys.Made made = keys.create(options.action().get(1), options.project(), Scope.read(options.scopes()));
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", made.key().name());
        document.put("key", made.secret());
        document.put("project", made.key().project());
        document.put("scopes", words(made.key()));
        terminal.result(document);
        terminal.print(made.secret());
        terminal.log("This is the key " + made.key().name() + " of project "
                + made.key().project() + "; it isn't kept and can't be shown again.");
    }

    private static void revoke(Keys keys, String name, Terminal terminal) {
        Keys.Key key = keys.revoke(name);
        terminal.result(document(key));
        terminal.print("Revoked " + name + ".");
    }

    private static void list(Keys keys, Terminal terminal) {
        terminal.result(
                Map.of("keys", keys.list().stream().map(KeysCommand::document).toList()));
        for (Keys.Key key : keys.list()) {
            terminal.print(key.name() + "  project " + key.project() + "  " + String.join(",", words(key))
                    + (key.revoked() == null ? "" : "  revoked"));
        }
    }

    private static Map<String, Object> document(Keys.Key key) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("name", key.name());
        document.put("project", key.project());
        document.put("scopes", words(key));
        document.put("created", key.created());
        document.put("revoked", key.revoked());
        return document;
    }

    private static List<String> words(Keys.Key key) {
        return key.scopes().stream().sorted().map(Scope::word).toList();
    }
}
