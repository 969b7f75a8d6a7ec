package org.align4j.spark;

import java.io.Serializable;
import java.util.Map;

/**
 * A training as executors open it.
 *
 * @param id tells it from others that the same executor serves
 * @param command its name on the command line
 * @param config every option as settled, as YAML
 * @param hashes of model and rows by name
 * @param kind of the driver's processor, which decides how sums are rounded
 * @param mixed whether executors may be of another kind
 */
record Opening(String id, String command, String config, Map<String, String> hashes, ProcessorKind kind, boolean mixed)
        implements Serializable {}
