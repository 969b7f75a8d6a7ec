package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's dict: in the order of insertion, and 1, 1.0 and True are one key. */
public final class Dict {
    private final Map<Object, Map.Entry<Object, Object>> entries = new LinkedHashMap<>();

    /** Sets a key; one that is there keeps its place and its first spelling. */
    public void put(Object key, Object value) {
        Object hashed = Comparing.hashable(key);
        Map.Entry<Object, Object> old = entries.get(hashed);
        entries.put(hashed, Map.entry(old == null ? key : old.getKey(), value));
    }

    /** The value of a key; null where there is none. */
    public @Nullable Object get(Object key) {
        Map.Entry<Object, Object> entry = entries.get(Comparing.hashable(key));
        return entry == null ? null : entry.getValue();
    }

    /** The value of a key that is a string; null where there is none. */
    public @Nullable Object get(String key) {
        Map.Entry<Object, Object> entry = entries.get(key);
        return entry == null ? null : entry.getValue();
    }

    /** Returns keys and values in their order. */
    public Iterable<Map.Entry<Object, Object>> entries() {
        return entries.values();
    }

    /** Returns the keys in their order. */
    public List<Object> keys() {
        List<Object> keys = new ArrayList<>(entries.size());
        entries.values().forEach(entry -> keys.add(entry.getKey()));
        return keys;
    }

    /** Returns the values in their order. */
    public List<Object> values() {
        List<Object> values = new ArrayList<>(entries.size());
        entries.values().forEach(entry -> values.add(entry.getValue()));
        return values;
    }

    /** Keys and values as pairs. */
    public List<Object> items() {
        List<Object> items = new ArrayList<>(entries.size());
        entries.values().forEach(entry -> items.add(Tuple.of(entry.getKey(), entry.getValue())));
        return items;
    }

    /** Counts the keys. */
    public int size() {
        return entries.size();
    }

    /**
     * The value that a dict's keys(), values() and items() give.
     *
     * @param kind how it prints: {@code dict_keys} …
     * @param items its elements
     */
    record DictView(String kind, List<Object> items) {}
}
