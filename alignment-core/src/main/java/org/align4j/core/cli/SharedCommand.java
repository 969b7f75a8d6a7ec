package org.align4j.core.cli;

import org.align4j.core.session.cluster.Taker;

/** A command whose forwards other processes may take: executors of a cluster open it by what the driver settled. */
public interface SharedCommand {
    /**
     * Opens what takes the command's forwards, with engine threads as the options say.
     *
     * @param config settled options, as YAML
     * @throws org.align4j.core.error.InputException where a model or a file isn't here
     */
    Taker taker(String config);
}
