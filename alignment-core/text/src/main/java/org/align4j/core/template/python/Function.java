package org.align4j.core.template.python;

import java.util.List;
import java.util.Map;

/** A value that can be called. */
@FunctionalInterface
public interface Function {
    /** Calls the function; what it makes is paid for out of the budget. */
    Object call(CallArguments arguments, Budget budget);

    /**
     * The arguments that a function is called with.
     *
     * @param positional in order
     * @param named by keyword
     */
    record CallArguments(List<Object> positional, Map<String, Object> named) {
        /** No arguments. */
        public static final CallArguments NONE = new CallArguments(List.of(), Map.of());

        /** Makes call arguments that are all positional. */
        public static CallArguments of(Object... positional) {
            return new CallArguments(List.of(positional), Map.of());
        }

        /** Counts the arguments. */
        public int count() {
            return positional.size() + named.size();
        }

        /**
         * Refuses what the parameters don't have room for.
         *
         * @param function how messages call the function
         * @param parameters their names, in order
         */
        public CallArguments check(String function, String... parameters) {
            if (positional.size() > parameters.length) {
                throw PythonError.type(function + "() takes at most " + parameters.length + " arguments ("
                        + positional.size() + " given)");
            }
            List<String> known = List.of(parameters);
            for (String name : named.keySet()) {
                int at = known.indexOf(name);
                if (at < 0) {
                    throw PythonError.type(function + "() got an unexpected keyword argument '" + name + "'");
                }
                if (at < positional.size()) {
                    throw PythonError.type(function + "() got multiple values for argument '" + name + "'");
                }
            }
            return this;
        }

        /** The argument at this place or of this name; {@code otherwise} where it was not given. */
        public Object get(int place, String name, Object otherwise) {
            return place < positional.size() ? positional.get(place) : named.getOrDefault(name, otherwise);
        }

        /** The argument at this place or of this name, which must be given. */
        public Object need(String function, int place, String name) {
            if (place < positional.size()) {
                return positional.get(place);
            }
            Object value = named.get(name);
            if (value == null) {
                throw PythonError.type(function + "() missing 1 required positional argument: '" + name + "'");
            }
            return value;
        }

        /** Returns these arguments without the first {@code count} positional ones. */
        public CallArguments skip(int count) {
            return new CallArguments(positional.subList(Math.min(count, positional.size()), positional.size()), named);
        }
    }
}
