package org.align4j.core.template.python;

import java.util.List;

/**
 * The value that a dict's keys(), values() and items() give.
 *
 * @param kind how it prints: {@code dict_keys} …
 * @param items its elements
 */
record DictView(String kind, List<Object> items) {}
