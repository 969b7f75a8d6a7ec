package org.align4j.core.cli;

/**
 * A command that says once, when it is made, what it is called, what it does and which options it has.
 *
 * @param <O> the record whose components are the options
 */
public abstract class NamedCommand<O extends Record> implements Command<O> {
    private final String name;
    private final String summary;
    private final Class<O> options;

    /** Names a command by what {@link #name}, {@link #summary} and {@link #options} return. */
    protected NamedCommand(String name, String summary, Class<O> options) {
        this.name = name;
        this.summary = summary;
        this.options = options;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String summary() {
        return summary;
    }

    @Override
    public final Class<O> options() {
        return options;
    }
}
