# frozen_string_literal: true

# The text by whose words it is decided whether an expression's value is a secret.
#
# Used by expressions.rb. That is: the lines it stands on; of what it is a part of, up to the
# statement, all that is no other part (`store_it(`, `.then { |key|`), receivers and keys; and of
# what is around the statement, up to the method, the names that are assigned to.
module CodeTracer
  module Expressions
    class NamesAround
      RECEIVER_SIZE_MAX = 80 # bytes; what is longer is work, not a name

      def initialize(tree)
        @tree = tree
        @tokens = {}
        @around = {}
      end

      def text(node)
        @tree.lines(node) + around(node)
      end

      private

      # Each node's is its own piece and that of the node around.
      def around(node)
        outer = node.around
        return "" if outer.nil? || outer.place == :scope

        @around[node] ||= if node.place == :statement
                            "\n#{beyond(outer)}"
                          else
                            "\n#{piece(outer, node)}#{around(outer)}"
                          end
      end

      # What is assigned to around a statement.
      def beyond(node)
        found = +""
        while node && node.place != :scope
          found << "\n" << target(node) if node.kind == :assign || node.place == :pair
          node = node.around
        end
        found
      end

      def piece(outer, node)
        [tokens(outer), target(outer), receiver(outer), key(outer, node)].join(" ")
      end

      # The text of a node without that of its parts.
      def tokens(node)
        @tokens[node] ||= begin
          at = node.start
          pieces = cuts(node).map do |part|
            piece = part.start > at ? @tree.text.byteslice(at, part.start - at) : ""
            at = [at, part.stop].max
            piece
          end
          pieces << @tree.text.byteslice(at, [node.stop - at, 0].max)
          pieces.join(" ")
        end
      end

      def cuts(node)
        found = node.parts.flat_map { |part| part.place == :open ? cuts(part) : [part] }
        found.sort_by(&:start)
      end

      def target(node)
        return "" unless node.kind == :assign || node.place == :pair

        node.tail && node.tail > node.start ? @tree.slice(node, node.tail) : @tree.lines(node)
      end

      def receiver(node)
        head = node.kind == :call && node.head && node.head > node.start
        head && node.head - node.start <= RECEIVER_SIZE_MAX ? @tree.slice(node, node.head) : ""
      end

      # Of a list the part before: in a hash that is the key.
      def key(outer, node)
        return "" unless outer.place == :list

        index = outer.parts.index { |part| part.equal?(node) }
        index&.positive? ? @tree.slice(outer.parts[index - 1]) : ""
      end
    end
  end
end
