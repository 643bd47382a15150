"""Records in, pages and pictures out.

What belongs here: layout and wording of what people read (figures, Markdown, HTML, result files).
What does not: any statistic. Where a picture needs a curve or an interval it asks ``science``.

  scene         what a picture of one law shows, in data units; every renderer draws the same scene
  figures       the scene as a PNG; interactive: as a plotly figure; sparkline: in < 1000 characters
  wording       numbers and names for people; sensitivity: what a law says, in sentences
  verdict_page  verdict.md; folder: all files of one experiment
  summary       index.html, one offline page over all experiments (templates/, pages)
"""
