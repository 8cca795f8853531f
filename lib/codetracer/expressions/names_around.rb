# frozen_string_literal: true

# The words by which it is decided whether an expression's value is a secret.
#
# Used by expressions.rb. Those are: of the lines it stands on; of what it is a part of, up to the
# statement, all that is no other part (`store_it(`, `.then { |key|`), receivers and keys; and of
# what is around the statement, up to the method, the names that are assigned to. Each word is there
# once: a list of thousands of lines has few between its parts, and each part has them all.
module CodeTracer
  module Expressions
    class NamesAround
      RECEIVER_SIZE_MAX = 80 # bytes; what is longer is work, not a name
      PIECE_SIZE_MAX = 1024 # bytes before a part: in a heredoc it is all the text up to there

      NAME = /[a-zA-Z0-9_\x80-\xff]+/n.freeze # as the extension takes them apart
      NUMBER = /\A\d+\z/.freeze

      def initialize(tree)
        @tree = tree
        @of_lines = {}
        @own = {}
        @around = {}
        @beyond = {}
      end

      def text(node)
        (of_lines(node) | around(node)).join(" ")
      end

      private

      def words(text)
        text.scan(NAME).uniq.grep_v(NUMBER)
      end

      def of_lines(node)
        @of_lines[[node.first_line, node.last_line]] ||= words(@tree.lines(node))
      end

      # Each node's are of the piece around it and those of the node around.
      def around(node)
        outer = node.around
        return [] if outer.nil? || outer.place == :scope

        @around[node] ||= if node.place == :statement
                            beyond(outer)
                          else
                            own(outer) | words(key(outer, node)) | around(outer)
                          end
      end

      # What is assigned to around a statement.
      def beyond(node)
        return [] if node.nil? || node.place == :scope

        @beyond[node] ||= words(target(node)) | beyond(node.around)
      end

      def own(node)
        @own[node] ||= words([tokens(node), target(node), receiver(node)].join(" "))
      end

      # The text of a node without that of its parts.
      def tokens(node)
        at = node.start
        pieces = cuts(node).map do |part|
          from = [at, part.start - PIECE_SIZE_MAX].max
          piece = part.start > at ? @tree.text.byteslice(from, part.start - from) : ""
          at = [at, part.stop].max
          piece
        end
        pieces << @tree.text.byteslice(at, [node.stop - at, 0].max)
        pieces.join(" ")
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
        return "" unless outer.place == :list && node.index.positive?

        @tree.slice(outer.parts[node.index - 1])
      end
    end
  end
end
