package org.align4j.core.session.cluster;

/** A command whose forwards other processes may take; found by {@link java.util.ServiceLoader}. */
public interface TakerSource {
    /** Whether this source opens what takes a command's forwards. */
    boolean serves(String command);

    /**
     * Opens what takes the command's forwards, with engine threads as the options say.
     *
     * @param command that this source serves
     * @param config settled options, as YAML
     * @throws org.align4j.core.error.InputException where a model or a file isn't here
     */
    Taker taker(String command, String config);
}
