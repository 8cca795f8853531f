# frozen_string_literal: true

# A ValueFilter of the pure recorder that lets everything through.
#
# Used by tests that show values without recording a program, also in a process of their own.
require_relative "../../lib/codetracer/pure/value_filter"

module OpenFilter
  OPTIONS = {
    filter: { exec: CodeTracer::Filter::Decider::TRACE,
              value_action: CodeTracer::Pure::ValueFilter::ALLOW, value_source: 0,
              roots: [], rules: [], secret_names: [], telling_words: [] }.freeze,
    skip_prefixes: [], gem_prefixes: [], own_prefixes: [], main_script: "", known_secrets: []
  }.freeze

  def self.make
    CodeTracer::Pure::ValueFilter.new(OPTIONS)
  end
end
