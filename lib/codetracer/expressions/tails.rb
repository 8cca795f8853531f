# frozen_string_literal: true

# What an expression is the last of: its value is also that of what is around it.
#
# Used by plan.rb, where code comes together and where it returns. Known from the tree's shape and,
# for where a node's code ends, from the instructions.
module CodeTracer
  module Expressions
    # Of a chain of a thousand `||` or `elsif` each has the value of all around it, if it is one:
    # that of the innermost ones and of the outermost is shown.
    SAME_VALUE_MAX = 16

    # Nodes, each in the next or beside it.
    class Nested
      def initialize(nodes)
        @nodes = nodes.size > SAME_VALUE_MAX ? nodes.sort_by(&:size) : nodes
        @known = @nodes.to_h { |node| [node, true] }
      end

      # The node, if there are no others.
      def only
        @nodes.first if @nodes.size == 1
      end

      # Those that a node is in.
      def around(node)
        return @nodes.select { |outer| node.inside?(outer) } if @nodes.size <= SAME_VALUE_MAX

        nearest(node) | chain(node) | [@nodes.last].select { |outer| node.inside?(outer) }
      end

      private

      def nearest(node)
        found = []
        SAME_VALUE_MAX.times do
          node = node.around or break
          found << node if @known.key?(node)
        end
        found
      end

      # Where all end with one's code, each is in the next.
      def chain(node)
        first = @nodes.bsearch_index { |outer| node.inside?(outer) } or return []
        @nodes[first, SAME_VALUE_MAX].select { |outer| node.inside?(outer) }
      end
    end

    class Tails
      def initialize
        @beyond = {}
      end

      # Choices and `&&`, `||` whose value this node's is, the inner first; with the node itself, if
      # it is one that has no branch to go to.
      def around(node)
        found = node&.kind == :choice ? [node] : []
        return found if node.nil? || node.kind == :way_out

        found + beyond(node)
      end

      private

      # Kept of each: the branches of a `case` stand one in the other.
      def beyond(node)
        path = []
        until @beyond.key?(node)
          outer = outer_of(node)
          break unless outer && tail?(outer, node)

          path << node
          node = outer
        end
        found = @beyond.fetch(node, [])
        path.reverse_each do |inner|
          outer = outer_of(inner)
          found = joined(outer, found) if %i[choice logic].include?(outer.kind)
          @beyond[inner] = found
        end
        found
      end

      def joined(inner, found)
        return [inner, *found] if found.size < SAME_VALUE_MAX

        [inner, *found.first(SAME_VALUE_MAX - 2), found.last]
      end

      # A call with a block is two nodes at one place.
      def outer_of(node)
        outer = node.around
        outer = outer.around while outer&.kind == :call && outer.start == node.start &&
                                   outer.stop == node.stop
        outer
      end

      # A choice's first part is what it goes by, if that is not a branch already.
      def tail?(outer, node)
        node = node.around until node.nil? || node.around.equal?(outer)
        first, last = outer.parts.values_at(0, -1)
        case outer.kind
        when :choice then node&.kind == :branch || !first.equal?(node)
        when :branch then !first.equal?(node)
        when :sequence, :logic then last.equal?(node)
        end
      end
    end

    # Where the code of a node ends: the position behind the last instruction that is of it or of
    # its parts. Two nodes at one place, a call with a block, end as one.
    class Ends
      def initialize(instructions, tree)
        @instructions = instructions
        @tree = tree
      end

      def of(node)
        @ends ||= find_ends
        @ends.fetch([node.start, node.stop], 0)
      end

      private

      # From the last on: what has its end has it with all that is around.
      def find_ends
        @instructions.reverse_each.with_object({}) do |each, ends|
          node = @tree&.node(each.node_id)
          until node.nil? || ends.key?([node.start, node.stop])
            ends[[node.start, node.stop]] = each.next_position
            node = node.around
          end
        end
      end
    end
  end
end
