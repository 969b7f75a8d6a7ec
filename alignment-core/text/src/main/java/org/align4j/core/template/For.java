package org.align4j.core.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.align4j.core.template.python.Access.Attributed;
import org.align4j.core.template.python.Budget;
import org.align4j.core.template.python.Comparing;
import org.align4j.core.template.python.Function;
import org.align4j.core.template.python.Function.CallArguments;
import org.align4j.core.template.python.PythonError;
import org.align4j.core.template.python.Tuple;
import org.align4j.core.template.python.Undefined;
import org.align4j.core.template.python.Values;
import org.jspecify.annotations.Nullable;

/**
 * {@code for target in elements if test recursive}.
 *
 * @param otherwise what is done where there are no elements
 */
record For(
        int line,
        Target target,
        Expression elements,
        @Nullable Expression test,
        boolean recursive,
        Block body,
        @Nullable Block otherwise)
        implements Statement {
    @Override
    public Next run(NameScope scope) {
        run(scope, elements.value(scope), 0);
        return Next.STATEMENT;
    }

    /** Runs the loop's body for each element of a value. */
    void run(NameScope scope, Object value, int depth) {
        Iterator<Object> iterator = Values.iterate(value);
        Loop loop = new Loop(this, scope, test == null ? iterator : new Tested(iterator, scope, test), depth);
        boolean any = false;
        for (Object element = loop.advance(); element != null; element = loop.advance()) {
            any = true;
            scope.budget().step();
            NameScope inner = scope.inner();
            inner.set("loop", loop);
            target.assign(inner, element);
            if (body.run(inner) == Next.BREAK) {
                break;
            }
        }
        if (!any && otherwise != null) {
            otherwise.run(scope.inner());
        }
    }

    /** The elements that pass the loop's {@code if}, found one at a time. */
    private final class Tested implements Iterator<Object> {
        private final Iterator<Object> all;
        private final NameScope scope;
        private final Expression passes;
        private @Nullable Object found;

        Tested(Iterator<Object> all, NameScope scope, Expression passes) {
            this.all = all;
            this.scope = scope;
            this.passes = passes;
        }

        @Override
        public boolean hasNext() {
            while (found == null && all.hasNext()) {
                scope.budget().step();
                Object element = all.next();
                NameScope inner = scope.inner();
                target.assign(inner, element);
                found = Values.truth(passes.value(inner)) ? element : null;
            }
            return found != null;
        }

        @Override
        public Object next() {
            if (!hasNext() || found == null) {
                throw new NoSuchElementException();
            }
            Object element = found;
            found = null;
            return element;
        }
    }

    /** The variable {@code loop} within a for statement. Looks ahead only as far as it is asked to. */
    private static final class Loop implements Function, Attributed {
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
            return arguments.positional().get((int)
                    (index0 % arguments.positional().size()));
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
}
