package org.align4j.core.session.cluster;

/** A command, other than training, whose forwards other processes may take; found by {@link java.util.ServiceLoader}. */
public interface TakerSource {
    /** Returns the name of the command. */
    String name();

    /**
     * Opens what takes the command's forwards, with engine threads as the options say.
     *
     * @param config settled options, as YAML
     * @throws org.align4j.core.error.InputException where a model or a file isn't here
     */
    Taker taker(String config);
}
