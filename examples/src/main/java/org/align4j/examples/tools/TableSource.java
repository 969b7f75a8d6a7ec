package org.align4j.examples.tools;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.align4j.core.environment.Environment;
import org.align4j.core.environment.EnvironmentContext;
import org.align4j.core.environment.EnvironmentHost;
import org.align4j.core.environment.EnvironmentSource;
import org.align4j.core.environment.Environments;
import org.align4j.core.error.InputException;

/** {@code --environment sqlite:FILE}: a {@link Table} that is asked in SQL and never changed. */
public final class TableSource implements EnvironmentSource {
    private static final String NAME = "sqlite:";

    @Override
    public String usage() {
        return "sqlite:FILE";
    }

    @Override
    public boolean takes(String given) {
        return given.startsWith(NAME);
    }

    /** Makes environments that ask a file of SQLite, for programs: {@code Ppo.in(TableSource.of(file))}. */
    public static Supplier<Environment> of(Path file) {
        return () -> new Table(file);
    }

    @Override
    public EnvironmentHost open(String given, EnvironmentContext context) {
        Path file = Path.of(given.substring(NAME.length()));
        if (!Files.isRegularFile(file)) {
            throw new InputException(
                    "environment is " + given + " but there is no file " + file + "; name a database of SQLite.");
        }
        return Environments.of(of(file), context);
    }
}
