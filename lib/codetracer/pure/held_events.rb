# frozen_string_literal: true

# Events that wait for their strand's next step, call or return: text that was read from standard
# input, and what is printed behind it on the same line.
#
# What is read is a secret once it stands under a secret's name, and that is seen with the next
# step. Held by a Strand, filled and emptied by Timeline. Mirrors ext/…/held_events.c.
require_relative "core"
require_relative "text"

module CodeTracer
  module Pure
    class HeldEvents
      INPUT_KIND = 3
      OUTPUT_KINDS = { 0 => true, 2 => true }.freeze
      # No more waits than this, whatever runs without a step: what came first is put then.
      SIZE_MAX = 64 << 10
      COUNT_MAX = 64

      # Whether an event has to wait; `held` are those that do already, or nil.
      def self.wait?(held, kind, metadata)
        metadata.empty? && (kind == INPUT_KIND || (!held.nil? && OUTPUT_KINDS.key?(kind)))
      end

      # `parts` are pairs of kind and text.
      def initialize(parts = [])
        @parts = parts
      end

      def full?(text)
        @parts.size >= COUNT_MAX ||
          @parts.sum { |part| part[1].bytesize } + Text.bytes(text).bytesize > SIZE_MAX
      end

      def with(kind, text)
        HeldEvents.new(@parts + [[kind, Text.bytes(text).dup]])
      end

      # Writes `*` over each place where a text is this value alone: a String that is a mere word,
      # or a number, too.
      def hide(value)
        secret = secret_of(value)
        return if secret.nil? || secret.empty?

        form = /(?<![A-Za-z0-9_])#{Regexp.escape(secret)}(?![A-Za-z0-9_])/n
        put(joined.gsub(form, "*" * secret.bytesize))
      end

      # Writes `*` over all of it.
      def hide_all
        put(joined.gsub(/[^\n]/n, "*"))
      end

      # The pairs without secrets: one may stand in two of them.
      def shown(filter)
        put(filter.blank_known(joined)) if @parts.size > 1
        @parts.map { |kind, text| [kind, filter.mask(text)] }
      end

      private

      def secret_of(value)
        return Text.bytes(value) if Core::INSTANCE_OF.bind_call(String, value)

        value.to_s.b if Core::INSTANCE_OF.bind_call(Integer, value)
      end

      def joined
        @parts.map(&:last).join
      end

      def put(text)
        offset = 0
        @parts.each do |part|
          part[1] = text.byteslice(offset, part[1].bytesize)
          offset += part[1].bytesize
        end
      end
    end
  end
end
