# frozen_string_literal: true

# Which file of the trace a string given to `eval` stands in: the first ones of a place have files
# of their own, later ones share pages, so that a loop that evals fills no disk.
#
# Used by Places. doc/format/eval.md is the contract; mirrors libctrace/src/trace/timeline_pages.c.
require_relative "strand"

module CodeTracer
  module Pure
    class EvalPages
      OWN_FILE_COUNT = 32 # of a place
      PAGE_SIZE_MAX = 64 << 10 # a larger string is nobody's neighbour
      NUMBER = %r{\A/codetracer/eval-\d+-}.freeze

      Page = Struct.new(:own_count, :path_id, :path, :size, :line_count)

      def initialize(sources)
        @sources = sources
        @pages = {} # place → its newest page
      end

      # The next string of each place begins a new page: the files are another trace's.
      def close
        @pages.each_value { |page| page.path_id = nil }
      end

      # The id of its lines, see Position.
      def define(path, text)
        text = text.b
        return @sources.define(path, text) if text.bytesize > PAGE_SIZE_MAX - 2

        page = (@pages[path.sub(NUMBER, "")] ||= Page.new(0))
        return put_on(page, path, text) if page.own_count == OWN_FILE_COUNT

        page.own_count += 1
        @sources.define(path, text)
      end

      private

      def put_on(page, path, text)
        is_new = page.path_id.nil? || page.size + text.bytesize + 2 > PAGE_SIZE_MAX
        text = ended(text)
        begin_page(page, path, text) if is_new
        @sources.extend(page.path, page.size, text) unless is_new
        place = Position.shifted(page.path_id, page.line_count)
        page.size += text.bytesize
        page.line_count += text.count("\n")
        place
      end

      def begin_page(page, path, text)
        page.path_id = @sources.define(path, text)
        page.path = path
        page.size = page.line_count = 0
      end

      # An empty line behind it: a parser may put an `end` there.
      def ended(text)
        text.empty? || text.end_with?("\n") ? "#{text}\n" : "#{text}\n\n"
      end
    end
  end
end
