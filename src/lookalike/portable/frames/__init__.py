"""Turi Create's SFrame, SArray and Image: columns of one type each, held in memory."""
