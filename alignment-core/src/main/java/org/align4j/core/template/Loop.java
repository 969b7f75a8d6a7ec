package org.align4j.core.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.align4j.core.template.python.Attributed;
import org.align4j.core.template.python.Budget;
import org.align4j.core.template.python.CallArguments;
import org.align4j.core.template.python.Comparing;
import org.align4j.core.template.python.Function;
import org.align4j.core.template.python.PythonError;
import org.align4j.core.template.python.Tuple;
import org.align4j.core.template.python.Undefined;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop}. Looks ahead only as far as it is asked to. */
final class Loop implements Function, Attributed {
    private final For statement;
    private final NameScope scope;
    private final int depth;
    private Iterator<Object> rest;
    private long index0 = -1;
    private @Nullable Object previous;
    private @Nullable Object current;
    private @Nullable Object following;
    private @Nullable Object lastChanged;
    private long length = -1;

    Loop(For statement, NameScope scope, Iterator<Object> elements, int depth) {
        this.statement = statement;
        this.scope = scope;
        this.rest = elements;
        this.depth = depth;
    }

    /** The next element; null at the end. */
    @Nullable
    Object advance() {
        Object next = peek();
        if (next != null) {
            following = null;
            previous = current;
            current = next;
            index0++;
        }
        return next;
    }

    private @Nullable Object peek() {
        if (following == null && rest.hasNext()) {
            following = rest.next();
        }
        return following;
    }

    private long length() {
        if (length < 0) {
            List<Object> left = new ArrayList<>();
            Object next = peek();
            long ahead = next == null ? 0 : 1;
            while (rest.hasNext()) {
                scope.budget().step();
                left.add(rest.next());
            }
            rest = left.iterator();
            length = index0 + 1 + ahead + left.size();
        }
        return length;
    }

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "index" -> index0 + 1;
            case "index0" -> index0;
            case "revindex" -> length() - index0;
            case "revindex0" -> length() - index0 - 1;
            case "first" -> index0 == 0;
            case "last" -> peek() == null;
            case "length" -> length();
            case "depth" -> depth + 1L;
            case "depth0" -> (long) depth;
            case "previtem" ->
                previous == null || index0 == 0 ? Undefined.because("there is no previous item") : previous;
            case "nextitem" -> {
                Object next = peek();
                yield next == null ? Undefined.because("there is no next item") : next;
            }
            case "cycle" -> (Function) (arguments, budget) -> cycle(arguments);
            case "changed" -> (Function) this::changed;
            default -> null;
        };
    }

    private Object cycle(CallArguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw PythonError.type("no items for cycling given");
        }
        return arguments.positional().get((int) (index0 % arguments.positional().size()));
    }

    private Object changed(CallArguments arguments, Budget budget) {
        Object now = new Tuple(arguments.positional());
        boolean changed = lastChanged == null || !Comparing.equal(lastChanged, now, budget);
        lastChanged = now;
        return changed;
    }

    /** Runs the loop's body again over other elements, where it is recursive. */
    @Override
    public Object call(CallArguments arguments, Budget budget) {
        if (!statement.recursive()) {
            throw PythonError.type("The loop must have the 'recursive' marker to be called recursively.");
        }
        budget.enter();
        scope.output().capture();
        statement.run(scope, arguments.need("loop", 0, "iterable"), depth + 1);
        String text = scope.output().captured();
        budget.leave();
        return text;
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }

    @Override
    public String toString() {
        return "<LoopContext " + (index0 + 1) + "/" + length() + ">";
    }
}
