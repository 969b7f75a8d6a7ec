package org.align4j.core.template.python;

/** A value that can be called. */
@FunctionalInterface
public interface Function {
    /** Calls the function; what it makes is paid for out of the budget. */
    Object call(CallArguments arguments, Budget budget);
}
