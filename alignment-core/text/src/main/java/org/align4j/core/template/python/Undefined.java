package org.align4j.core.template.python;

/**
 * What a name stands for that stands for nothing. Prints as nothing, is false, has length 0; anything else raises.
 *
 * @param kind the error that its use raises
 * @param reason that error's message
 */
public record Undefined(String kind, String reason) {
    /** Returns the undefined value of a variable that nobody set. */
    public static Undefined variable(String name) {
        return because(Repr.text(name) + " is undefined");
    }

    /** An attribute or element that a value doesn't have. */
    public static Undefined member(Object owner, Object name) {
        String type = Values.typeName(owner);
        String described = owner == None.NONE ? "None" : type + " object";
        return name instanceof String text
                ? because(Repr.text(described) + " has no attribute " + Repr.text(text))
                : because(described + " has no element " + Repr.of(name, new Budget()));
    }

    /** An attribute that templates may not touch. */
    public static Undefined unsafe(Object owner, String name) {
        return new Undefined(
                "SecurityError",
                "access to attribute " + Repr.text(name) + " of " + Repr.text(Values.typeName(owner))
                        + " object is unsafe.");
    }

    /** A value that is missing for a stated reason. */
    public static Undefined because(String reason) {
        return new Undefined("UndefinedError", reason);
    }

    /** Makes the error that using an undefined value raises. */
    public PythonError error() {
        return new PythonError(kind, reason);
    }

    /** All undefined values are equal. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return 0;
    }
}
