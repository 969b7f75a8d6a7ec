package org.align4j.spark;

import java.io.Serializable;
import java.util.Map;
import org.align4j.core.kernel.speed.ProcessorKind;

/**
 * What executors open to take forwards of it.
 *
 * @param id distinguishes it from others that the same executor serves
 * @param command its name on the command line
 * @param config settled options, as YAML
 * @param hashes of models and rows by name
 * @param kind of the driver's processor, which decides how sums are rounded
 * @param mixed whether executors may be of another kind
 */
record Opening(String id, String command, String config, Map<String, String> hashes, ProcessorKind kind, boolean mixed)
        implements Serializable {}
